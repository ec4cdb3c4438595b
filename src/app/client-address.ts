import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv4 } from 'node:net';

/** Addresses and networks, e.g. `10.0.0.7` or `10.0.0.0/8`. Throws an Error on anything else. */
export function readNetworks(networks: readonly string[]): BlockList {
  const read = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (isIP(address) === 0) throw new Error(`${network} is no address`);
    if (bits === undefined) read.addAddress(address, family);
    else read.addSubnet(address, Number(bits), family);
  }
  return read;
}

/**
 * Where a request comes from: the other end of the line or, when that is a proxy of ours, the last address before our proxies
 * that X-Forwarded-For tells. What stands further left in it, anybody could have written.
 */
export function addressOf(request: IncomingMessage, proxies: BlockList): string | null {
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  const way = [...forwarded, request.socket.remoteAddress ?? ''].map(plain).filter((address) => isIP(address) > 0);
  const isOurs = (address: string) => proxies.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  let at = way.length - 1;
  while (at > 0 && isOurs(way[at] ?? '')) at--;
  return way[at] ?? null;
}

/** What one customer of a provider has: an IPv4 address, or an IPv6 network of 64 bits, in which each may take any address. */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - last.length);
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...last];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

function plain(address: string): string {
  const trimmed = address.trim();
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(trimmed) ? trimmed.slice(7) : trimmed;
}
