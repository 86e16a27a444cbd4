import { expect, it } from 'vitest';
import { manifest } from '../../../../src/doors/slack/index.js';
import { ALL_SCOPES } from '../../../rig/slack/index.js';

it('the manifest asks for Socket Mode, buttons, mentions, a message shortcut, escaped commands and just the scopes that are used', () => {
  const made = manifest([{ name: '/tcp', description: 'Ports for outgoing connections', hint: 'verify web-*' }]);
  expect(made.features.slash_commands).toEqual([
    { command: '/tcp', description: 'Ports for outgoing connections', usage_hint: 'verify web-*', should_escape: true },
  ]);
  expect(made.features.shortcuts).toEqual([
    { name: 'Diagnose this error', type: 'message', callback_id: 'runbolt:diagnose', description: expect.any(String) },
  ]);
  expect(made.settings).toMatchObject({
    socket_mode_enabled: true,
    interactivity: { is_enabled: true },
    event_subscriptions: { bot_events: ['app_mention'] },
  });
  expect([...made.oauth_config.scopes.bot].sort()).toEqual([...ALL_SCOPES].sort());
});
