/** Whether the work went well; nothing of it is left unheard. */
export const succeeded = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/** Whether the work ended (well or not) within `ms`. */
export const within = async (work: Promise<unknown>, ms: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const done = succeeded(work).then(() => true);
  const result = await Promise.race([done, late]);
  clearTimeout(timer);
  return result;
};
