/// The files of a ``KeyRing``: which there are, how they are read and written.
///
/// The ring holds what was read.
struct KeyFolder: ~Copyable {
    /// What the folder held at one moment.
    struct Content: Sendable {
        /// Active keys by id.
        var keys: [String: SigningKey] = [:]
        /// Active keys, the signing one first.
        var newestFirst: [SigningKey] = []
        /// Creation times of retired keys, by id.
        var retired: [String: Int64] = [:]
        /// The first file that was refused.
        var problem: AccessError?
        /// The folder's stamp before reading, and whether it was old enough to be trusted.
        var stamp: PrivateDirectory.Stamp
        var wasSettled: Bool
    }

    let directory: PrivateDirectory

    private static let boxIDName = "box-id"
    private static let activeSuffix = ".pem"
    private static let retiredSuffix = ".retired"
    private static let sizeLimit = 65_536

    init(_ directory: consuming PrivateDirectory) { self.directory = directory }

    /// The box id, made now if there is none.
    ///
    /// Call under the lock.
    func boxID() throws(AccessError) -> String {
        if let bytes = try directory.read(KeyFolder.boxIDName, limit: 256) {
            let text = String(decoding: bytes, as: UTF8.self).filter { $0 != "\n" }
            guard text.utf8.count == 32, text.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
                throw .corruptFile(
                    path: directory.path + "/" + KeyFolder.boxIDName, reason: "it is not 32 hexadecimal digits")
            }
            return text
        }
        let id = Digest.hexadecimal(Digest.randomBytes(16))
        try directory.write(KeyFolder.boxIDName, Array((id + "\n").utf8))
        return id
    }

    /// Reads all keys.
    ///
    /// A key already known is not read again: its id is the hash of its content.
    func content(reusing known: [String: SigningKey]) throws(AccessError) -> Content {
        let stamp = try directory.stamp()
        var content = Content(stamp: stamp, wasSettled: stamp.isSettled)
        let names = try directory.names()
        for name in names where name.hasSuffix(KeyFolder.retiredSuffix) {
            do throws(AccessError) {
                let createdAt = try retiredCreationTime(name)
                content.retired[String(name.dropLast(KeyFolder.retiredSuffix.count))] = createdAt
            } catch {
                // Unreadable, yet it says that this key is retired.
                content.retired[String(name.dropLast(KeyFolder.retiredSuffix.count))] = 0
                content.problem = content.problem ?? error
            }
        }
        for name in names where name.hasSuffix(KeyFolder.activeSuffix) {
            let id = String(name.dropLast(KeyFolder.activeSuffix.count))
            if content.retired[id] != nil { continue }
            do throws(AccessError) {
                var found = known[id]
                if found == nil { found = try readKey(name) }
                guard let key = found else { continue }
                guard key.id == id else {
                    throw AccessError.corruptFile(
                        path: directory.path + "/" + name, reason: "its key is not the one it is named after")
                }
                content.keys[id] = key
            } catch {
                content.problem = content.problem ?? error
            }
        }
        content.newestFirst = content.keys.values.sorted { ($1.createdAt, $0.id) < ($0.createdAt, $1.id) }
        return content
    }

    /// Writes a new key.
    ///
    /// Call under the lock.
    func add(_ key: SigningKey) throws(AccessError) {
        try directory.write(key.id + KeyFolder.activeSuffix, key.fileBytes())
    }

    /// Marks a key as retired, then deletes it: a crash between the two leaves it retired.
    ///
    /// Call under the lock.
    func retire(_ key: SigningKey) throws(AccessError) {
        try directory.write(key.id + KeyFolder.retiredSuffix, Array("Created: \(key.createdAt)\n".utf8))
        try directory.remove(key.id + KeyFolder.activeSuffix)
    }

    /// Removes half-written files of a process that was killed, and keys it had marked as retired.
    ///
    /// Call under the lock.
    func removeLeftovers() throws(AccessError) {
        let names = try directory.names()
        for name in names {
            if name.hasPrefix(".tmp-") { try directory.remove(name) }
            if name.hasSuffix(KeyFolder.retiredSuffix) {
                let active = name.dropLast(KeyFolder.retiredSuffix.count) + KeyFolder.activeSuffix
                if names.contains(String(active)) { try directory.remove(String(active)) }
            }
        }
    }

    private func readKey(_ name: String) throws(AccessError) -> SigningKey? {
        guard let bytes = try directory.read(name, limit: KeyFolder.sizeLimit) else { return nil }
        return try SigningKey(file: bytes, path: directory.path + "/" + name)
    }

    private func retiredCreationTime(_ name: String) throws(AccessError) -> Int64 {
        guard let bytes = try directory.read(name, limit: 256) else { return 0 }
        let text = String(decoding: bytes, as: UTF8.self)
        return Int64(text.drop { !("0"..."9").contains($0) }.prefix { ("0"..."9").contains($0) }) ?? 0
    }
}
