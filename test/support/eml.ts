import { createTransport } from 'nodemailer';
import type { EmailBody } from '../../src/model/message.ts';

/** A mail as bytes, as a relay would get it. */
export async function toEml(mail: EmailBody): Promise<Buffer> {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { message } = await transport.sendMail({
    from: mail.from,
    to: [...mail.to],
    subject: mail.subject,
    date: new Date(mail.date),
    messageId: '<20261123T070000Z-k3v9qd-weekly-review.0a1b2c3d@northwind.example>',
    headers: { ...mail.headers },
    text: mail.text,
    html: mail.html,
    attachments: mail.attachments.map((file) => ({ ...file, contentDisposition: 'attachment' as const })),
  });
  if (!Buffer.isBuffer(message)) throw new Error('the transport gave no bytes');
  return message;
}
