/** The tag of a container image's name (github.com/distribution/reference, as the reference's parsers use it). */

const pathComponent = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const domainComponent = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const imageName = new RegExp(
  `^(?:${domain}/)?${pathComponent}(?:/${pathComponent})*(?::(\\w[\\w.-]{0,127}))?(@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);
const bareIdentifier = /^[a-f0-9]{64}$/;

/** The tag, `latest` where the name has neither tag nor digest, and empty where it has only a digest or is no image name. */
export function imageTag(image: string): string {
  // The first part is a domain only if it looks like one; otherwise it is part of the path and must be in lower case.
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const hasDomain = first !== '' && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  const match = bareIdentifier.test(image) ? null : imageName.exec(hasDomain ? image : `docker.io/${image}`);
  if (!match) return '';
  return match[1] ?? (match[2] ? '' : 'latest');
}
