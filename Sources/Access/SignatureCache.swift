internal import Synchronization

/// Remembers tokens whose signature was found good, by the SHA-256 of the whole token.
///
/// Only good ones, so nobody can fill it without a key of ours; and only the signature: expiry, revocation and everything else
/// are judged on every call. It never keeps a retired key alive, because the key is looked up before it is asked.
final class SignatureCache: Sendable {
    static let capacity = 1_024
    private let good = Mutex(RecentMap<[UInt8], Bool>(capacity: SignatureCache.capacity))

    /// Whether the signature is good, by memory or else by `check`.
    func isValid(tokenHash: [UInt8], check: () -> Bool) -> Bool {
        if good.withLock({ $0[tokenHash] }) == true { return true }
        guard check() else { return false }
        good.withLock { $0[tokenHash] = true }
        return true
    }

    /// How many are remembered.
    var count: Int { good.withLock { $0.count } }
}
