import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isForbiddenAddress, namesForbiddenAddress } from '../../src/deliver/address-guard.ts';

const forbidden = [
  '169.254.169.254',
  '169.254.0.1',
  '169.254.255.255',
  '100.100.100.200',
  '168.63.129.16',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '::169.254.169.254',
  '64:ff9b::169.254.169.254',
  '2002:a9fe:a9fe::1',
  'not an address',
  '',
];

const allowed = [
  '127.0.0.1',
  '10.1.2.3',
  '192.168.1.1',
  '100.64.0.1',
  '::1',
  'fd00::1',
  '8.8.8.8',
  '2001:4860::1',
  'fec0::1',
];

test('link-local and metadata addresses are forbidden in every disguise, private ones are not', () => {
  assert.deepEqual(
    forbidden.filter((address) => !isForbiddenAddress(address)),
    [],
  );
  assert.deepEqual(
    allowed.filter((address) => isForbiddenAddress(address)),
    [],
  );
});

test('sees through every way of writing an address into a URL', () => {
  const urls = [
    'http://169.254.169.254/latest',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://169.254.43518/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]:8080/',
    'https://１６９.254.169.254/',
  ];
  assert.deepEqual(
    urls.filter((url) => !namesForbiddenAddress(new URL(url))),
    [],
  );
  assert.deepEqual(
    ['https://siem.acme.example/', 'http://127.0.0.1:1/', 'https://[::1]/'].filter((url) =>
      namesForbiddenAddress(new URL(url)),
    ),
    [],
  );
});
