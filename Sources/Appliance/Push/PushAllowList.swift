import Glibc
package import HTTPServer

/// Which receivers the operator allows: host names, addresses and ranges of addresses, each with a port.
///
/// One list and no guesses. A name lets its addresses pass, except those that mean this machine or its link: they pass only
/// when they are listed as such, by the address itself, by a range of nothing else, or, for loopback, by `localhost`.
package struct PushAllowList: Sendable, Equatable {
    private enum Host: Sendable, Equatable {
        case name(String)
        case range(IPRange, isLiteral: Bool)
    }
    private struct Entry: Sendable, Equatable {
        var host: Host
        /// Nil = any.
        var port: Int?
    }
    private var entries: [Entry] = []

    private static let ownRanges = ["127.0.0.0/8", "::1", "169.254.0.0/16", "fe80::/10", "::", "0.0.0.0/8"]
        .compactMap { IPRange($0) }
    private static let ownLengths = [8, 128, 16, 10, 128, 8]

    /// Lets nobody pass.
    package init() {}

    /// Reads `HOST:PORT`, `ADDRESS:PORT`, `RANGE:PORT`; IPv6 in brackets, any port as `*`.
    ///
    /// Nil when one is none of these.
    package init?(_ texts: [String]) {
        for text in texts {
            guard let colon = text.lastIndex(of: ":") else { return nil }
            let digits = text[text.index(after: colon)...]
            let port = digits == "*" ? nil : Int(digits)
            guard digits == "*" || (port.map { (1...65_535).contains($0) } ?? false) else { return nil }
            var host = String(text[..<colon]).lowercased()
            if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
            if let range = IPRange(host) {
                let base = IPAddress(String(host.prefix { $0 != "/" }))
                let length = host.split(separator: "/").dropFirst().first.flatMap { Int($0) } ?? 128
                // A range of nothing else: it begins inside one of ours and is no wider.
                let isOwn =
                    base.map { base in
                        zip(Self.ownRanges, Self.ownLengths).contains { $0.contains(base) && length >= $1 }
                    } ?? false
                entries.append(Entry(host: .range(range, isLiteral: isOwn || !host.contains("/")), port: port))
            } else {
                let isName = host.utf8.allSatisfy { byte in
                    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2E
                }
                guard isName, !host.isEmpty else { return nil }
                entries.append(Entry(host: .name(host), port: port))
            }
        }
    }

    /// Whether nobody passes.
    package var isEmpty: Bool { entries.isEmpty }

    /// Whether a connection to `address`, which is one of `host`, may be made.
    /// - Parameter own: Addresses of this machine's interfaces.
    package func allows(_ address: IPAddress, of host: String, port: Int, own: Set<IPAddress>) -> Bool {
        let isOwn = own.contains(address) || Self.ownRanges.contains { $0.contains(address) }
        return entries.contains { entry in
            guard entry.port ?? port == port else { return false }
            switch entry.host {
            case .name(let name): return name == host && (!isOwn || (name == "localhost" && address.isLoopback))
            case .range(let range, let isLiteral): return range.contains(address) && (!isOwn || isLiteral)
            }
        }
    }

    /// The address to connect to, every one of the host's having been checked.
    /// - Parameter attempt: From 0; later ones take the next address.
    /// - Throws: ``PushRefusal``.
    func address(for url: PushURL, attempt: Int) throws(PushRefusal) -> IPAddress {
        let addresses = Self.resolve(url.host)
        guard !addresses.isEmpty else { throw .unknownHost }
        let own = Self.interfaceAddresses()
        for address in addresses where !allows(address, of: url.host, port: url.port, own: own) {
            throw .notAllowed(address)
        }
        return addresses[attempt % addresses.count]
    }

    /// A host's addresses, as the system knows them; blocks.
    private static func resolve(_ host: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [IPAddress] = []
        var next = list
        while let entry = next {
            if let address = text(of: entry.pointee.ai_addr, entry.pointee.ai_addrlen).flatMap(IPAddress.init),
                !found.contains(address)
            {
                found.append(address)
            }
            next = entry.pointee.ai_next
        }
        return found
    }

    private static func interfaceAddresses() -> Set<IPAddress> {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: Set<IPAddress> = []
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let address = entry.pointee.ifa_addr else { continue }
            let length: Int
            switch Int32(address.pointee.sa_family) {
            case AF_INET: length = MemoryLayout<sockaddr_in>.size
            case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
            default: continue
            }
            if let own = text(of: address, socklen_t(length)).flatMap(IPAddress.init) { found.insert(own) }
        }
        return found
    }

    private static func text(of address: UnsafeMutablePointer<sockaddr>?, _ length: socklen_t) -> String? {
        guard let address else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard getnameinfo(address, length, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Why nothing was sent.
enum PushRefusal: Error {
    case notAllowed(IPAddress)
    case unknownHost
}
