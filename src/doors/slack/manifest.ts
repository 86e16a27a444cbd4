import { DIAGNOSE } from './diagnose-shortcut.js';

/** Scopes of the bot token; each is needed by a call named in the comments of Slack's method pages. */
export const BOT_SCOPES = [
  'commands',
  'chat:write',
  'app_mentions:read',
  'usergroups:read',
  'users:read',
  'files:write',
  'channels:read',
  'groups:read',
  'channels:history',
  'groups:history',
] as const;

export interface ManifestCommand {
  /** With its slash: `/tcp`. */
  readonly name: string;
  readonly description: string;
  readonly hint: string;
}

/**
 * The manifest of the Slack app, to be pasted into api.slack.com, "Create New App", "From a manifest". The app-level
 * token with connections:write cannot be asked for in a manifest; it is made by hand afterwards.
 */
export const manifest = (commands: readonly ManifestCommand[]) => ({
  display_information: {
    name: 'Runbolt',
    description: 'Finds and fixes kernel and network faults on a fleet: verify, plan, approve, apply, prove.',
    background_color: '#1d2b3a',
  },
  features: {
    bot_user: { display_name: 'runbolt', always_online: true },
    shortcuts: [{ ...DIAGNOSE, type: 'message' }],
    slash_commands: commands.map((c) => ({
      command: c.name,
      description: c.description.slice(0, 2000),
      usage_hint: c.hint.slice(0, 1000),
      should_escape: true,
    })),
  },
  oauth_config: { scopes: { bot: [...BOT_SCOPES] } },
  settings: {
    event_subscriptions: { bot_events: ['app_mention'] },
    interactivity: { is_enabled: true },
    org_deploy_enabled: false,
    socket_mode_enabled: true,
    token_rotation_enabled: false,
  },
});
