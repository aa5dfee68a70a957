internal import Glibc

/// The bytes of one immutable segment: named sections that either own their memory or lie in somebody's mapping.
///
/// In memory and in a file a segment is the same bytes. Only bounds are checked here: what a section says is its
/// reader's to doubt.
///
/// Sendable although it holds pointers: nothing writes to the memory once it is here, and it is given back in
/// `deinit`, or by `owner`'s own end, which this object outlives by holding it.
public final class SegmentSections: @unchecked Sendable {
    /// Four ASCII characters that name a section inside a file.
    public struct Name: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The characters, the first in the lowest byte.
        public let rawValue: UInt32

        /// A name from its number.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// A name of exactly four ASCII characters.
        public init(_ characters: StaticString) {
            precondition(characters.utf8CodeUnitCount == 4, "a section's name has four characters")
            rawValue = characters.withUTF8Buffer { bytes in
                bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
            }
        }

        /// The four characters.
        public var description: String {
            String(decoding: (0..<4).map { UInt8(truncatingIfNeeded: rawValue >> (8 * $0)) }, as: UTF8.self)
        }
    }

    /// The sections in the order of a file; names are distinct.
    ///
    /// Their bytes are this object's: ``forEach(_:)`` keeps it alive while they are read.
    public let entries: [(name: Name, bytes: SectionBytes)]
    /// The memory of the sections that came from `malloc` and is this object's own.
    private let adopted: [UnsafeRawPointer]
    /// The files in whose memory the other sections of its own lie.
    private let spilled: [SpillFile]
    /// What keeps the memory of sections that are not this object's own.
    public let owner: (any AnyObject & Sendable)?

    /// The file the sections lie in; nil where they own their memory, or lie elsewhere.
    public let file: SegmentFile?

    /// Sections that lie in memory `owner` keeps, such as a mapping, for as long as it lives.
    public init(_ sections: [(name: Name, bytes: UnsafeRawBufferPointer)], owner: any AnyObject & Sendable) {
        entries = sections.map { ($0.name, SectionBytes($0.bytes)) }
        adopted = []
        spilled = []
        self.owner = owner
        file = owner as? SegmentFile
    }

    /// Sections whose memory becomes this object's.
    public init(adopting sections: [(name: Name, memory: OwnedBytes)]) {
        var entries: [(name: Name, bytes: SectionBytes)] = []
        entries.reserveCapacity(sections.count)
        var adopted: [UnsafeRawPointer] = []
        adopted.reserveCapacity(sections.count)
        var spilled: [SpillFile] = []
        for (name, memory) in sections {
            entries.append((name, SectionBytes(UnsafeRawBufferPointer(memory.bytes))))
            if let file = memory.file {
                spilled.append(file)
            } else if let address = memory.bytes.baseAddress {
                adopted.append(UnsafeRawPointer(address))
            }
        }
        self.entries = entries
        self.adopted = adopted
        self.spilled = spilled
        owner = nil
        file = nil
    }

    /// Sections whose memory becomes this object's: each comes from `malloc`.
    public convenience init(adopting sections: [(name: Name, bytes: UnsafeMutableRawBufferPointer)]) {
        self.init(adopting: sections.map { ($0.name, OwnedBytes(bytes: $0.bytes, file: nil)) })
    }

    /// Sections that are copies of `sections`, each at a multiple of 64 as in a file.
    public convenience init(copying sections: [(name: Name, bytes: [UInt8])]) {
        self.init(
            adopting: sections.map { name, bytes in
                let copy = UnsafeMutableRawBufferPointer(
                    start: aligned_alloc(64, (max(1, bytes.count) + 63) / 64 * 64), count: bytes.count)
                copy.copyBytes(from: bytes)
                return (name, copy)
            })
    }

    /// Calls `body` with each section's name and bytes, which are valid until it returns.
    public func forEach<Failure: Error>(
        _ body: (Name, UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        for entry in entries {
            try body(entry.name, entry.bytes.buffer)
        }
        withExtendedLifetime(self) {}
    }

    /// The sections as arrays of their own, fit for ``init(copying:)``.
    public var copies: [(name: Name, bytes: [UInt8])] {
        var copies: [(name: Name, bytes: [UInt8])] = []
        forEach { copies.append(($0, Array($1))) }
        return copies
    }

    deinit {
        for address in adopted {
            free(UnsafeMutableRawPointer(mutating: address))
        }
    }

    /// The section with this name; no bytes if there is none.
    public subscript(name: Name) -> SectionBytes {
        for entry in entries where entry.name == name {
            return entry.bytes
        }
        return SectionBytes(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Bytes of all sections.
    public var byteCount: Int { entries.reduce(0) { $0 + $1.bytes.count } }
}

/// The bytes of a section on their way to their owner: memory from `malloc`, or a file's.
public struct OwnedBytes {
    /// The bytes.
    public let bytes: UnsafeMutableRawBufferPointer
    /// The file in whose memory they lie; nil where `free` takes them back.
    public let file: SpillFile?

    /// Bytes from `malloc`, or of `file`.
    public init(bytes: UnsafeMutableRawBufferPointer, file: SpillFile?) {
        self.bytes = bytes
        self.file = file
    }
}

/// The bytes of one section, for as long as its ``SegmentSections`` lives: whoever keeps this keeps that.
///
/// Sendable although it is a pointer: the memory is not written any more.
public struct SectionBytes: @unchecked Sendable {
    /// The bytes.
    public let buffer: UnsafeRawBufferPointer

    init(_ buffer: UnsafeRawBufferPointer) { self.buffer = buffer }

    /// The number of bytes.
    public var count: Int { buffer.count }

    /// The part of `range` that lies inside; empty if none does.
    public subscript(range: Range<Int>) -> SectionBytes {
        let range = range.clamped(to: 0..<buffer.count)
        return SectionBytes(UnsafeRawBufferPointer(rebasing: buffer[range]))
    }

    /// The little-endian integer at `offset`, 0 where that is not inside.
    @inlinable
    public func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type) -> T {
        guard offset >= 0, offset <= buffer.count - MemoryLayout<T>.size else { return 0 }
        return T(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: type))
    }
}
