import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments, parseDocument } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { loadWaivers } from '../../src/config/waivers.ts';
import { configFolder } from '../support/config-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string };
  readonly emptyDir?: { readonly medium: string };
}

/** Plain values: a manifest is what the tests find in it. */
function plain(value: unknown) {
  return JSON.parse(JSON.stringify(value));
}

function kubernetes() {
  const documents = parseAllDocuments(read('deploy/kubernetes/vt-auditor.yaml'));
  return new Map(
    documents.map((document) => {
      assert.deepEqual('errors' in document ? document.errors : [], []);
      const manifest = plain('toJS' in document ? document.toJS() : null);
      return [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const;
    }),
  );
}

function compose() {
  const document = parseDocument(read('deploy/compose/compose.yaml'));
  assert.deepEqual(document.errors, []);
  return plain(document.toJS());
}

test('the image, the compose file and the manifests agree on user, port and folders', () => {
  const dockerfile = read('Dockerfile');
  assert.match(dockerfile, /^USER 10001:0$/m);
  assert.match(dockerfile, /^EXPOSE 8080$/m);
  assert.match(dockerfile, /VT_AUDITOR_CONFIG=\/config\/config\.yaml/);
  assert.match(dockerfile, /VT_AUDITOR_DATA=\/data/);
  assert.match(dockerfile, /VT_AUDITOR_LISTEN=0\.0\.0\.0:8080/);
  assert.match(dockerfile, /^ENTRYPOINT \["node", /m);
});

test('compose: one hardened service that can be stopped, read and restarted', () => {
  const { services, secrets, volumes } = compose();
  assert.deepEqual(Object.keys(services), ['vt-auditor']);
  const service = services['vt-auditor'];
  assert.equal(service.user, '10001:0');
  assert.equal(service.read_only, true);
  assert.deepEqual(service.cap_drop, ['ALL']);
  assert.deepEqual(service.security_opt, ['no-new-privileges:true']);
  assert.equal(service.restart, 'unless-stopped');
  assert.match(service.tmpfs[0], /^\/tmp:/);
  assert.ok(Number.parseInt(service.stop_grace_period, 10) > 8);
  assert.ok(service.volumes.includes('./config:/config:ro'));
  assert.ok(service.volumes.includes('data:/data'));
  assert.deepEqual(service.ports, ['127.0.0.1:8080:8080']);
  for (const name of service.secrets) assert.match(secrets[name].file, /^\.\/secrets\//);
  for (const mount of service.volumes) {
    const [source] = mount.split(':');
    if (!source.startsWith('.')) assert.ok(source in volumes, source);
  }
  assert.ok(service.logging.options['max-size']);
});

test('kubernetes: one replica, recreated, without rights, probed', () => {
  const manifests = kubernetes();
  const { spec } = manifests.get('Deployment vt-auditor');
  assert.equal(spec.replicas, 1);
  assert.equal(spec.strategy.type, 'Recreate');
  const pod = spec.template.spec;
  assert.equal(pod.automountServiceAccountToken, false);
  assert.ok(pod.terminationGracePeriodSeconds > 8);
  assert.equal(pod.securityContext.runAsNonRoot, true);
  assert.equal(pod.securityContext.runAsUser, 10_001);
  assert.equal(pod.securityContext.runAsGroup, 0);
  assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault');
  const [container, ...others] = pod.containers;
  assert.deepEqual(others, []);
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  assert.equal(container.livenessProbe.httpGet.path, '/healthz');
  assert.equal(container.startupProbe.httpGet.path, '/healthz');
  assert.equal(container.readinessProbe.httpGet.path, '/readyz');
  for (const probe of ['livenessProbe', 'startupProbe', 'readinessProbe'])
    assert.equal(container[probe].httpGet.port, container.ports[0].name);
  assert.deepEqual(container.args, ['start']);
  assert.ok(container.resources.limits.memory);
});

test('kubernetes: what is mounted exists, and only data, backup and tmp can be written', () => {
  const manifests = kubernetes();
  const pod = manifests.get('Deployment vt-auditor').spec.template.spec;
  const mounts: readonly Mount[] = pod.containers[0].volumeMounts;
  const volumes = new Map<string, Volume>(pod.volumes.map((volume: Volume) => [volume.name, volume]));
  assert.deepEqual(new Set(mounts.map(({ name }) => name)), new Set(volumes.keys()));
  assert.deepEqual(
    mounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath),
    ['/data', '/backup', '/tmp'],
  );
  for (const volume of volumes.values()) {
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined) {
      const { spec } = manifests.get(`PersistentVolumeClaim ${claim}`);
      assert.deepEqual(spec.accessModes, ['ReadWriteOnce']);
    }
    if (volume.configMap !== undefined) assert.ok(manifests.has(`ConfigMap ${volume.configMap.name}`));
  }
  assert.equal(volumes.get('tmp')?.emptyDir?.medium, 'Memory');
  assert.equal(volumes.get('secrets')?.secret?.secretName, 'vt-auditor');
  const service = manifests.get('Service vt-auditor').spec;
  assert.deepEqual(service.selector, manifests.get('Deployment vt-auditor').spec.selector.matchLabels);
  assert.equal(service.ports[0].targetPort, pod.containers[0].ports[0].name);
});

test('the configuration of the ConfigMap is one, and its waiver file too', async (context) => {
  const { data } = kubernetes().get('ConfigMap vt-auditor');
  const folder = configFolder(context, {
    'config.yaml': data['config.yaml'].replaceAll('/run/secrets/vt-auditor/', './'),
    'waivers.yaml': data['waivers.yaml'],
    vt_api_key: `${'0123456789abcdef'.repeat(4)}\n`,
    smtp_password: 'a password of the tests\n',
  });
  const at = new Date('2026-11-22T12:00:00Z');
  const loaded = await loadConfig({ file: join(folder, 'config.yaml'), environment: {}, at });
  assert.deepEqual(loaded.ok ? loaded.config.warnings : loaded.problems, []);
  assert.equal(loaded.ok && loaded.config.store.backup?.path, '/backup');
  const days = { critical: 30, high: 90, medium: 180, low: 365 };
  const file = join(folder, 'waivers.yaml');
  const waivers = await loadWaivers({ file, timezone: 'UTC', at, maxWaiverDays: days, approvers: null });
  assert.deepEqual(waivers, { waivers: [], bad: [], unreadable: null, absent: false });
});
