/// A dictionary that remembers at least the last half of `capacity` distinct keys used and never holds more than `capacity`.
///
/// Two generations: what is used moves to the young one; when that is half full it becomes the old one, and the former old
/// one is forgotten. Every operation is O(1) but for that one release.
package struct RecentMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private let half: Int

    /// Holds at most `capacity` entries, at least 2.
    package init(capacity: Int) { half = max(1, capacity / 2) }

    /// How many entries are held.
    package var count: Int { young.count + old.count }

    /// The value of a key, which counts as a use of it; setting `nil` removes it.
    package subscript(key: Key) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old.removeValue(forKey: key) else { return nil }
            insert(value, for: key)
            return value
        }
        set {
            old.removeValue(forKey: key)
            if let newValue { insert(newValue, for: key) } else { young.removeValue(forKey: key) }
        }
    }

    /// Forgets everything.
    package mutating func removeAll() {
        young = [:]
        old = [:]
    }

    private mutating func insert(_ value: Value, for key: Key) {
        if young.count >= half, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
    }
}
