import { z } from 'zod';
import { list, strict, text, textLike } from './fields.ts';

const HOST = 'hosts, or domains such as .acme.example';

/** The way out: a proxy, and a certificate authority of one's own. */
export const networkSchema = strict({
  // Empty text is "no proxy", so that ${HTTPS_PROXY:-} works where the variable is not set.
  proxy: z
    .string({ error: 'expected the address of a proxy' })
    .optional()
    .meta({ description: 'Address of a proxy, http:// or https://; empty for none.' }),
  proxyFile: text('the path of a file')
    .optional()
    .meta({ description: 'A file that has the address of the proxy in it.' }),
  noProxy: list(textLike(HOST, /^[^\s,\p{Cc}]{1,253}$/u), HOST)
    .optional()
    .meta({ description: 'Hosts, or domains with a leading dot, that are reached without the proxy.' }),
  caFile: text('the path of a file')
    .optional()
    .meta({ description: 'A PEM file with certificate authorities to trust besides the public ones.' }),
}).meta({ description: 'The way out: proxy and private certificate authorities.' });
