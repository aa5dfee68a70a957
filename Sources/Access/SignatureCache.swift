internal import Synchronization

/// Remembers up to 1,024 tokens whose signature was found good, by the SHA-256 of the whole token, with what the
/// signature covers.
///
/// Only good ones, so nobody can fill it without a key of ours; and nothing that time or anybody can change: expiry,
/// revocation and everything else are judged on every call. It never keeps a retired key alive, because the key is
/// looked up before an entry counts.
final class SignatureCache<Content: Sendable>: Sendable {
    private let good = Mutex(RecentMap<[UInt8], Content>(capacity: 1_024))

    /// What a good token says, if it was seen before.
    subscript(tokenHash: [UInt8]) -> Content? { good.withLock { $0[tokenHash] } }

    /// Takes note of a token whose signature is good.
    func remember(_ content: Content, tokenHash: [UInt8]) { good.withLock { $0[tokenHash] = content } }

    /// How many are remembered.
    var count: Int { good.withLock { $0.count } }
}
