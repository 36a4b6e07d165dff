import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNotAddress, whyNotBaseUrl, whyNotProxy } from '../../src/config/address.ts';

const STRICT = { allowInsecure: false, insecureKey: 'allowInsecure' };

test('accepts https anywhere, private addresses included, and http to this machine', () => {
  for (const address of [
    'https://siem.acme.example/hook?token=1',
    'https://10.1.2.3:8443/x',
    'https://[fd12:3456::1]/x',
    'http://127.0.0.1:9000',
    'http://127.1/x',
    'http://localhost:1/x',
    'HTTP://LOCALHOST./x',
    'http://[::1]:80/',
    'http://[::ffff:127.0.0.1]/',
  ]) {
    assert.equal(whyNotAddress(address, STRICT), null, address);
  }
  assert.equal(whyNotAddress('http://siem.acme.example', { ...STRICT, allowInsecure: true }), null);
});

test('refuses every spelling of a link-local or metadata address, whatever is allowed', () => {
  for (const host of [
    '169.254.169.254',
    '169.254.0.1',
    '0xa9fea9fe',
    '2852039166',
    '0251.0376.0251.0376',
    '169.254.43518',
    '[fe80::1]',
    '[febf::1]',
    '[::ffff:169.254.169.254]',
    '[::169.254.169.254]',
    '[64:ff9b::a9fe:a9fe]',
    '[fd00:ec2::254]',
    '[fd00:0ec2:0:0::254]',
    'metadata.google.internal',
    'METADATA.google.internal.',
    'metadata',
    '100.100.100.200',
  ]) {
    const why = 'a link-local or metadata address cannot be used';
    assert.equal(whyNotAddress(`http://${host}/x`, { ...STRICT, allowInsecure: true }), why, host);
    assert.equal(whyNotBaseUrl(`https://${host}/x`), why, host);
    assert.equal(whyNotProxy(`http://${host}:3128`), why, host);
  }
});

test('accepts a proxy with a login, and refuses what is none, or has a login that cannot be decoded', () => {
  for (const proxy of ['http://proxy.acme.example:3128', 'HTTPS://user:w%25rd@proxy.acme.example']) {
    assert.equal(whyNotProxy(proxy), null, proxy);
  }
  for (const proxy of ['proxy.acme.example:3128', 'socks5://user:word@proxy.acme.example', 'http://:::word']) {
    assert.match(whyNotProxy(proxy) ?? '', /^expected the address of a proxy/u, proxy);
  }
  for (const login of ['user:w%ZZord', 'us%er', 'user:%']) {
    const why = whyNotProxy(`http://${login}@proxy.acme.example`) ?? '';
    assert.match(why, /^a % in the login/u, login);
    assert.ok(!why.includes(login), login);
  }
});

test('refuses what only looks like this machine', () => {
  for (const host of ['localhost.acme.example', '127.0.0.1.acme.example', '128.0.0.1', '[::2]', '0.0.0.0']) {
    assert.match(whyNotAddress(`http://${host}/`, STRICT) ?? '', /^plain http/u, host);
  }
});

test('refuses what is no web address', () => {
  for (const address of [
    '',
    'siem',
    '//siem',
    'https://',
    'https:// siem',
    'file:///etc/passwd',
    'javascript:1',
    'https://a\nb',
  ]) {
    assert.notEqual(whyNotAddress(address, STRICT), null, address);
  }
});
