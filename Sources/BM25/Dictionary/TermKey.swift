internal import Glibc

/// A term's bytes as dictionaries write them: the first eight as a number that orders as they do, then the rest.
///
/// Most terms have no more than eight bytes, so most are compared and copied in a register. Valid as long as the memory
/// behind ``rest``, of which ``slack`` bytes more may be read.
struct TermKey {
    /// The first eight bytes, zeros where there are none, the first in the highest byte.
    let prefix: UInt64
    /// All bytes, at most 255.
    let count: Int
    /// From the ninth byte on; not to be read where there is none.
    let rest: UnsafePointer<UInt8>

    /// Bytes behind a key's memory that may be read, and written in its copies.
    static let slack = 16

    @inline(__always)
    init(prefix: UInt64, count: Int, rest: UnsafePointer<UInt8>) {
        self.prefix = prefix
        self.count = count
        self.rest = rest
    }

    /// The key of a term that lies somewhere whole; `prefix` is ``TermDictionary/prefix(_:)`` of it.
    @inline(__always)
    init(prefix: UInt64, _ term: UnsafeBufferPointer<UInt8>) {
        self.prefix = prefix
        count = term.count
        // Of a term without bytes nothing is read.
        rest = (term.baseAddress ?? UnsafePointer(bitPattern: 8).unsafelyUnwrapped) + 8
    }

    /// Copies bytes of a key, of which there is one at least, sixteen at a time: they are too few for a call.
    @inline(__always)
    static func copy(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) {
        var offset = 0
        repeat {
            target.storeBytes(
                of: (source + offset).loadUnaligned(as: SIMD2<UInt64>.self), toByteOffset: offset,
                as: SIMD2<UInt64>.self)
            offset &+= 16
        } while offset < count
    }

    @inline(__always)
    static func == (left: TermKey, right: TermKey) -> Bool {
        guard left.prefix == right.prefix, left.count == right.count else { return false }
        let rest = left.count &- 8
        if rest <= 0 { return true }
        if rest > 8 { return memcmp(left.rest, right.rest, rest) == 0 }
        let difference =
            UnsafeRawPointer(left.rest).loadUnaligned(as: UInt64.self)
            ^ UnsafeRawPointer(right.rest).loadUnaligned(as: UInt64.self)
        return UInt64(littleEndian: difference) &<< UInt64(truncatingIfNeeded: 64 &- 8 &* rest) == 0
    }

    /// Whether `left` comes before `right` in byte order.
    static func < (left: TermKey, right: TermKey) -> Bool {
        if left.prefix != right.prefix { return left.prefix < right.prefix }
        let common = min(left.count, right.count) &- 8
        let order = common > 0 ? memcmp(left.rest, right.rest, common) : 0
        return order != 0 ? order < 0 : left.count < right.count
    }
}
