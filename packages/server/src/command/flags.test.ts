import { describe, expect, it } from 'vitest';
import { flagHelp, readFlags, serveFlags } from './flags.js';

describe('readFlags', () => {
  it.each([
    [['--secure-port=1'], '1'],
    [['--secure-port', '1'], '1'],
    [['--secure_port=1'], '1'],
    [['--secure-port=1', '--secure-port=2'], '2'],
    [['--secure-port='], ''],
    [['--secure-port', '--v'], '--v'],
    [[], undefined],
  ])('%j', (args, value) => {
    expect(readFlags(args).text('secure-port')).toBe(value);
  });

  it.each([[['-v=2']], [['-v2']], [['-v', '2']], [['--v=2']], [['--v', '2']]])('reads the level of %j', (args) => {
    expect(readFlags(args).text('v')).toBe('2');
  });

  it.each([
    [['--anonymous-auth'], true],
    [['--anonymous-auth=false'], false],
    [['--anonymous-auth=F'], false],
    [['--anonymous-auth=1'], true],
    [[], true],
  ])('reads the boolean of %j', (args, value) => {
    expect(readFlags(args).boolean('anonymous-auth', true)).toBe(value);
  });

  it.each([
    [['--no-such-flag'], 'unknown flag: --no-such-flag'],
    [['--no-such-flag=x'], 'unknown flag: --no-such-flag'],
    [['-x'], 'unknown flag: -x'],
    [['--secure-port'], 'flag needs an argument: --secure-port'],
    [['extra'], 'unexpected argument "extra"'],
    [['--', '--v=1'], 'unexpected argument "--v=1"'],
    [['--__proto__=1'], 'unknown flag: ----proto--'],
    [['--toString'], 'unknown flag: --toString'],
  ])('refuses %j', (args, message) => {
    expect(() => readFlags(args)).toThrow(message);
  });

  it('refuses a boolean that is none', () => {
    expect(() => readFlags(['--anonymous-auth=perhaps']).boolean('anonymous-auth', true)).toThrow(
      'invalid value "perhaps" for --anonymous-auth: must be true or false',
    );
  });
});

describe('the help', () => {
  it('has every flag that is not hidden, in lines that fit a wide terminal', () => {
    const help = flagHelp();
    for (const { name, isHidden } of serveFlags.flatMap((group) => group.flags)) expect(help.includes(`--${name}`)).toBe(!isHidden);
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(125);
  });
});
