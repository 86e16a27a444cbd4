/** The message shortcut, as the manifest declares it. */
export const DIAGNOSE = {
  name: 'Diagnose this error',
  callback_id: 'runbolt:diagnose',
  description: 'Says which runbook the error in this message points to, and the command to run',
} as const;
