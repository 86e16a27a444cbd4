const MS = 5000;

/** Posts to a response_url of Slack's (five uses, 30 minutes), visible to its person alone. True when it was taken. */
export const sayThrough = async (url: string, message: Readonly<Record<string, unknown>>): Promise<boolean> => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...message, response_type: 'ephemeral', replace_original: false }),
    signal: AbortSignal.timeout(MS),
  }).catch(() => undefined);
  return answer?.ok ?? false;
};
