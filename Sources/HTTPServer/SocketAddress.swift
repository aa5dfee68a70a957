import CEvent
package import Glibc

/// Reads and writes the system's socket addresses.
package enum SocketAddress {
    /// The address as digits, without scope; IPv4 inside IPv6 as IPv4.
    ///
    /// Nil for another family.
    static func numericHost(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> String? {
        let family = Int32(address.pointee.sa_family)
        guard family == AF_INET || family == AF_INET6 else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { buffer -> String? in
            guard let start = buffer.baseAddress,
                getnameinfo(address, length, start, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST) == 0
            else { return nil }
            let text = String(cString: start)
            let bare = text.prefix { $0 != "%" }
            return bare.hasPrefix("::ffff:") && bare.contains(".") ? String(bare.dropFirst(7)) : String(bare)
        }
    }

    /// The peer of an accepted connection.
    static func peer(_ storage: inout sockaddr_storage, _ length: socklen_t) -> PeerAddress {
        let host = withUnsafePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { numericHost($0, length) }
        }
        return host.map(PeerAddress.ip) ?? .unixSocket
    }

    /// The address and port a TCP socket is bound to.
    static func local(_ descriptor: Int32) -> (host: String, port: UInt16) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getsockname(descriptor, address, &length) == 0 else { return ("", 0) }
                return (numericHost(address, length) ?? "", port(of: address))
            }
        }
    }

    /// `nil` if the path is empty, longer than 107 bytes or holds NUL.
    package static func unix(_ path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let isCopied = withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard !bytes.isEmpty, bytes.count < place.count, !bytes.contains(0) else { return false }
            place.copyBytes(from: bytes)
            return true
        }
        return isCopied ? address : nil
    }

    static func setPort(_ port: UInt16, in address: UnsafeMutablePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port = port.bigEndian }
        case AF_INET6:
            address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { $0.pointee.sin6_port = port.bigEndian }
        default: break
        }
    }

    private static func port(of address: UnsafeMutablePointer<sockaddr>) -> UInt16 {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
        case AF_INET6:
            address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin6_port) }
        default: 0
        }
    }
}
