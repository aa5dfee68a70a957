internal import Glibc

/// A term's bytes as dictionaries write them: the first eight as a number that orders as they do, then the rest.
///
/// Most terms have no more than eight bytes, so most are compared and copied in a register. Valid as long as the memory
/// behind ``rest``.
struct TermKey {
    /// The first eight bytes, zeros where there are none, the first in the highest byte.
    let prefix: UInt64
    /// All bytes, at most 255.
    let count: Int
    /// From the ninth byte on; not to be read where there is none.
    let rest: UnsafePointer<UInt8>

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

    @inline(__always)
    static func == (left: TermKey, right: TermKey) -> Bool {
        left.prefix == right.prefix && left.count == right.count
            && (left.count <= 8 || memcmp(left.rest, right.rest, left.count &- 8) == 0)
    }

    /// Whether `left` comes before `right` in byte order.
    static func < (left: TermKey, right: TermKey) -> Bool {
        if left.prefix != right.prefix { return left.prefix < right.prefix }
        let common = min(left.count, right.count) &- 8
        let order = common > 0 ? memcmp(left.rest, right.rest, common) : 0
        return order != 0 ? order < 0 : left.count < right.count
    }
}
