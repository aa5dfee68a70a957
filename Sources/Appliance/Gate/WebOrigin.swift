/// Scheme, host and port of a web address: what `Origin` carries and what our own URLs start with.
package struct WebOrigin: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`.
    package let scheme: String
    /// Lower case; an IPv6 address without its brackets.
    package let host: String
    package let port: UInt16

    package init(scheme: String, host: String, port: UInt16) {
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port
    }

    /// Reads `scheme://host[:port]`, with at most a single slash behind it; nil for anything else.
    package init?(_ text: String) {
        let lower = text.lowercased()
        let scheme: String
        if lower.hasPrefix("https://") {
            scheme = "https"
        } else if lower.hasPrefix("http://") {
            scheme = "http"
        } else {
            return nil
        }
        var rest = lower.dropFirst(scheme.count + 3)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard let authority = HostAndPort(String(rest)) else { return nil }
        self.init(scheme: scheme, host: authority.host, port: authority.port ?? (scheme == "https" ? 443 : 80))
    }

    /// The address without the scheme's own port, ready to have a path appended.
    package var description: String {
        let authority = host.contains(":") ? "[\(host)]" : host
        let isDefault = port == (scheme == "https" ? 443 : 80)
        return isDefault ? "\(scheme)://\(authority)" : "\(scheme)://\(authority):\(port)"
    }
}

/// `host[:port]` as in a `Host` header or a listen address.
package struct HostAndPort: Sendable, Hashable {
    /// Lower case; an IPv6 address without its brackets.
    package let host: String
    package let port: UInt16?

    /// Reads a name, an IPv4 address or a bracketed IPv6 address, with or without a port.
    package init?(_ text: String) {
        let bytes = text.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
        guard !bytes.isEmpty, bytes.count <= 300 else { return nil }
        let hostBytes: ArraySlice<UInt8>
        var rest: ArraySlice<UInt8>
        if bytes[0] == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            hostBytes = bytes[1..<end]
            rest = bytes[(end + 1)...]
            guard hostBytes.contains(UInt8(ascii: ":")),
                hostBytes.allSatisfy({ Self.isHexadecimal($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") })
            else { return nil }
        } else {
            let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            hostBytes = bytes[..<end]
            rest = bytes[end...]
            guard !hostBytes.isEmpty, hostBytes.allSatisfy(Self.isNameByte) else { return nil }
        }
        host = String(decoding: hostBytes, as: UTF8.self)
        if rest.isEmpty {
            port = nil
        } else {
            guard rest.removeFirst() == UInt8(ascii: ":"), rest.count <= 5,
                rest.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = UInt16(String(decoding: rest, as: UTF8.self))
            else { return nil }
            port = number
        }
    }

    /// Whether the host can only mean this machine.
    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && HostAndPort.isIPv4(host))
    }

    /// Whether listening there means listening on every address of the machine.
    package static func isWildcard(_ host: String) -> Bool {
        host == "0.0.0.0" || host == "::" || host == "*"
    }

    private static func isIPv4(_ host: String) -> Bool {
        var (parts, digits, value) = (1, 0, 0)
        for byte in host.utf8 {
            if byte == UInt8(ascii: "."), digits > 0 {
                (parts, digits, value) = (parts + 1, 0, 0)
            } else if (0x30...0x39).contains(byte) {
                (digits, value) = (digits + 1, 10 * value + Int(byte - 0x30))
                guard value <= 255 else { return false }
            } else {
                return false
            }
        }
        return parts == 4 && digits > 0
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_")
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}
