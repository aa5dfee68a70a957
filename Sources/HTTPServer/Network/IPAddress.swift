import Glibc

/// A numeric IPv4 or IPv6 address, as 128 bits: IPv4 stands in its mapped form, so both kinds compare and mask alike.
public struct IPAddress: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    private static let mappedPrefix: UInt64 = 0x0000_FFFF_0000_0000

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads digits, without port or brackets; a scope behind `%` is cut off.
    ///
    /// IPv4 inside IPv6 is IPv4. Names are not looked up.
    public init?(_ text: String) {
        let bare = String(text.prefix { $0 != "%" })
        guard bare.utf8.count <= 45 else { return nil }
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, bare, &four) == 1 {
            self.init(high: 0, low: Self.mappedPrefix | UInt64(UInt32(bigEndian: four.s_addr)))
        } else if inet_pton(AF_INET6, bare, &six) == 1 {
            let words = withUnsafeBytes(of: &six) { bytes in
                [0, 8].map { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)) }
            }
            self.init(high: words[0], low: words[1])
        } else {
            return nil
        }
    }

    /// Whether it is an IPv4 address.
    public var isIPv4: Bool { high == 0 && low >> 32 == Self.mappedPrefix >> 32 }

    /// Whether it can only mean this machine.
    public var isLoopback: Bool { isIPv4 ? (low >> 24) & 0xFF == 127 : high == 0 && low == 1 }

    /// What one client can be expected to have: an IPv4 address, or the 64 bits of an IPv6 network.
    var network: IPAddress { isIPv4 ? self : IPAddress(high: high, low: 0) }
}

extension IPAddress: CustomStringConvertible {
    /// The usual digits, without brackets.
    public var description: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            guard let start = buffer.baseAddress else { return "" }
            let size = socklen_t(buffer.count)
            if isIPv4 {
                var address = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
                return inet_ntop(AF_INET, &address, start, size).map { String(cString: $0) } ?? ""
            }
            var words = (high.bigEndian, low.bigEndian)
            return inet_ntop(AF_INET6, &words, start, size).map { String(cString: $0) } ?? ""
        }
    }
}

/// The addresses that share their first bits: `10.0.0.0/8`.
public struct IPRange: Hashable, Sendable {
    private let base: IPAddress
    /// Of 128, also for IPv4.
    private let bits: Int

    /// Reads an address, alone or with `/` and the number of common bits, at least one.
    ///
    /// Nil too when bits behind them are set: whoever writes `10.0.0.1/8` means something else than it says.
    public init?(_ text: String) {
        let sides = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(sides[0])) else { return nil }
        let width = address.isIPv4 ? 32 : 128
        var length = width
        if sides.count == 2 {
            guard sides[1].utf8.count <= 3, sides[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(sides[1]), (1...width).contains(number)
            else { return nil }
            length = number
        }
        bits = length + 128 - width
        base = address
        guard Self.masked(base, bits) == base else { return nil }
    }

    /// Whether the address lies in the range.
    public func contains(_ address: IPAddress) -> Bool { Self.masked(address, bits) == base }

    private static func masked(_ address: IPAddress, _ bits: Int) -> IPAddress {
        // A shift by all 64 bits gives zero.
        let high = address.high & ~(UInt64.max >> UInt64(min(bits, 64)))
        let low = address.low & ~(UInt64.max >> UInt64(max(bits - 64, 0)))
        return IPAddress(high: high, low: low)
    }
}
