import Glibc

/// Remembers beside a pack that its hash was checked, so that the next start need not read 23 MB.
///
/// One line in `<pack>.verified`: format, size, modification time in nanoseconds, inode, SHA-256. It is believed only
/// while all of them hold. Failing to write it costs time, nothing else.
struct VerifiedRecord {
    private let path: String
    private let line: String

    init(packAt path: String, identity: FileIdentity, hash: [UInt8]) {
        self.path = path + ".verified"
        let time = "\(identity.modifiedSeconds).\(identity.modifiedNanoseconds)"
        line = "verified 1 \(identity.byteCount) \(time) \(identity.inode) \(hexadecimal(hash))\n"
    }

    var holds: Bool {
        guard let file = try? OpenFile(path), file.byteCount == line.utf8.count else { return false }
        guard let found = try? file.bytes(at: 0, count: file.byteCount) else { return false }
        return found == Array(line.utf8)
    }

    func save() {
        try? writeAtomically(Array(line.utf8), to: path)
    }
}
