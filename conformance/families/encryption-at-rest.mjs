import { encryption } from '@apiserver-kit/storage/encryption';

/** The prefix of a stored value names its provider and its key. */
export default ({ dataContext, key, stored }) => {
  const bytes = Buffer.from(stored, 'base64');
  const [, , provider, , name] = bytes.toString('latin1').split(':', 5);
  const providers = [{ [provider]: { keys: [{ name, secret: key }] } }];
  const { transformerFor } = encryption({ resources: [{ resources: ['secrets'], providers }] });
  return { plaintext: Buffer.from(transformerFor({ group: '', resource: 'secrets' }).fromStorage(bytes, dataContext)).toString() };
};
