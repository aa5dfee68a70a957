import A2A
import Access
import JSON

/// Token and credentials of a receiver as they are kept: encrypted, and bound to tenant, task and receiver.
struct PushSecrets: Sendable {
    var token: String?
    var credentials: String?

    private static func context(_ key: TaskKey, _ id: String) -> [UInt8] {
        Array("push\0\(key.tenant)\0\(key.task)\0\(id)".utf8)
    }

    func sealed(by box: SecretBox, of key: TaskKey, _ id: String) -> [UInt8] {
        var object: JSONObject = [:]
        object["token"] = token.map { .string($0) }
        object["credentials"] = credentials.map { .string($0) }
        return box.seal(object.encoded(), for: Self.context(key, id))
    }

    /// Nil for what another key has sealed, as after the key's file was lost.
    static func open(_ bytes: [UInt8], by box: SecretBox, of key: TaskKey, _ id: String) -> PushSecrets? {
        guard let plain = box.open(bytes, for: context(key, id)), let json = try? JSONValue(parsing: plain) else {
            return nil
        }
        return PushSecrets(token: json["token"]?.stringValue, credentials: json["credentials"]?.stringValue)
    }
}
