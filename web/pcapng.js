// Reads pcapng as it comes, in pieces of any size: the frames, each with its interface, time and first bytes.
// draft-ietf-opsawg-pcapng: section header, interface description and enhanced packet blocks; others are passed over.

const SECTION_HEADER = 0x0a0d0d0a, INTERFACE_DESCRIPTION = 1, ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION_COMMENT = 1, OPTION_IF_NAME = 2, OPTION_IF_TSRESOL = 9;
const most_of_block = 1 << 20;  // bytes; a longer one is none

export class PcapngReader {
  #rest = new Uint8Array();
  #little = true;
  #interfaces = [];

  // The frames that this piece completes: {interface, time, length, bytes, comment}. interface is a name, time in nanoseconds since
  // 1970 as BigInt, length what it had on the wire, bytes a Uint8Array of what was kept of it. Throws where it is not pcapng.
  push(piece) {
    const octets = this.#rest.length > 0 ? joined(this.#rest, piece) : piece;
    const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    const frames = [];
    let at = 0;
    while (octets.length - at >= 12) {
      const kind = view.getUint32(at, this.#little);
      if (kind === SECTION_HEADER) {
        this.#little = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
        this.#interfaces = [];
      }
      const length = view.getUint32(at + 4, this.#little);
      if (length < 12 || length % 4 !== 0 || length > most_of_block) throw new Error(`This is not pcapng: a block of ${length} bytes.`);
      if (octets.length - at < length) break;
      const block = new DataView(octets.buffer, octets.byteOffset + at, length - 4);
      if (kind === INTERFACE_DESCRIPTION) this.#interfaces.push(this.#interface(block));
      else if (kind === ENHANCED_PACKET) frames.push(this.#frame(block));
      at += length;
    }
    this.#rest = octets.slice(at);
    return frames;
  }

  #interface(block) {
    const options = this.#options(block, 16);
    const resolution = options.get(OPTION_IF_TSRESOL)?.[0] ?? 6;
    const name = options.get(OPTION_IF_NAME);
    return { name: name ? new TextDecoder().decode(name) : String(this.#interfaces.length),
             tick: resolution < 10 ? 10n ** BigInt(9 - resolution) : 1n };
  }

  #frame(block) {
    const number = block.getUint32(8, this.#little);
    const { name, tick } = this.#interfaces[number] ?? { name: String(number), tick: 1000n };
    const kept = Math.min(block.getUint32(20, this.#little), block.byteLength - 28);
    const comment = this.#options(block, 28 + Math.ceil(kept / 4) * 4).get(OPTION_COMMENT);
    return { interface: name,
             time: ((BigInt(block.getUint32(12, this.#little)) << 32n) | BigInt(block.getUint32(16, this.#little))) * tick,
             length: block.getUint32(24, this.#little),
             bytes: new Uint8Array(block.buffer, block.byteOffset + 28, kept),
             comment: comment ? new TextDecoder().decode(comment) : "" };
  }

  #options(block, at) {
    const found = new Map();
    while (at + 4 <= block.byteLength) {
      const kind = block.getUint16(at, this.#little);
      const length = block.getUint16(at + 2, this.#little);
      if (kind === 0 || at + 4 + length > block.byteLength) break;
      if (!found.has(kind)) found.set(kind, new Uint8Array(block.buffer, block.byteOffset + at + 4, length));
      at += 4 + Math.ceil(length / 4) * 4;
    }
    return found;
  }
}

function joined(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
