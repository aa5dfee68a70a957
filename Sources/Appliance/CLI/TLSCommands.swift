import Glibc
import HTTPServer
import JSON

extension Command {
    static let tlsSelfSigned = Command(
        "tls self-signed", summary: "Make a certificate and key for a first box, and print how to serve with them",
        options: [
            CommandOption(
                "--host", "NAME", "a DNS name or address of this box; may be repeated (default: its host name)",
                repeats: true),
            CommandOption("--days", "N", "how long it is valid (default 825)"),
            CommandOption("--out", "DIR", "where cert.pem and key.pem go (default ./carrel-tls)", kind: .folder), .json,
        ],
        run: makeSelfSigned)

    @Sendable private static func makeSelfSigned(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let days = try arguments.integer("--days", in: 1...3_650) ?? 825
        let given = arguments.all("--host")
        for host in given where SelfSignedCertificate.alternative(to: host) == nil {
            throw UsageError(message: "option --host takes a DNS name or an IP address, not \(host)")
        }
        var hosts = given.isEmpty ? [machineName].compactMap { $0 } : given
        for name in ["localhost", "127.0.0.1", "::1"] where !hosts.contains(name) { hosts.append(name) }
        guard let made = SelfSignedCertificate(hosts: hosts, days: days) else {
            throw CommandFailure("OpenSSL could not make the certificate")
        }
        let folder = arguments["--out"] ?? "carrel-tls"
        if mkdir(folder, 0o700) != 0, errno != EEXIST {
            throw CommandFailure("\(folder) cannot be made: \(String(cString: strerror(errno)))")
        }
        guard let resolved = realpath(folder, nil) else {
            throw CommandFailure("\(folder) cannot be used: \(String(cString: strerror(errno)))")
        }
        defer { free(resolved) }
        let root = String(cString: resolved)
        let (certificate, key) = (root + "/cert.pem", root + "/key.pem")
        for path in [certificate, key] where access(path, F_OK) == 0 {
            throw CommandFailure("\(path) is there already and is not overwritten; choose another folder with --out")
        }
        try NewFile.write(made.key, to: key, mode: 0o600)
        try NewFile.write(made.certificate, to: certificate, mode: 0o644)
        if arguments.has("--json") {
            Terminal.output([
                "certificate": .string(certificate), "key": .string(key),
                "names": .array(hosts.map(JSONValue.string)), "valid_until": .string("\(made.validUntil)"),
                "sha256": .string("\(made.fingerprint)"),
            ])
            return
        }
        Terminal.output(
            """
            certificate  \(certificate)  (copy it to clients: --cacert)
            key          \(key)  (mode 0600; it stays here)
            names        \(hosts.joined(separator: " "))
            valid until  \(made.validUntil)
            SHA-256      \(made.fingerprint)

            carrel serve --listen \(listenAddress(given.first)) --tls-cert \(certificate.shellWord) \
            --tls-key \(key.shellWord)
            """)
    }

    /// The first name asked for is where clients will go; without one only this machine is sure.
    private static func listenAddress(_ host: String?) -> String {
        guard let host, !host.hasPrefix("*") else { return "127.0.0.1:8443" }
        return host.contains(":") ? "[\(host)]:8443" : "\(host):8443"
    }

    private static var machineName: String? {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return nil }
        let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return SelfSignedCertificate.alternative(to: text) == nil ? nil : text
    }
}

/// Files that must not exist yet.
enum NewFile {
    /// Writes a file and syncs it; an existing one, a link included, is left alone.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else {
            throw CommandFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        guard written == bytes.count, fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else {
            let code = errno
            unlink(path)
            throw CommandFailure("\(path) cannot be written: \(String(cString: strerror(code)))")
        }
    }
}

extension String {
    /// As one word of a shell.
    var shellWord: String {
        let isPlain =
            !isEmpty
            && utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "-_./:=@%+,".utf8.contains(byte)
            }
        return isPlain
            ? self : "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
