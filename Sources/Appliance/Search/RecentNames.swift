import Access
import Synchronization
import TenantStore

/// What names the passages that were hits lately, so that they need not be read again.
///
/// A passage's row never changes and its id never comes back: a name that was read once stays right. Whether a passage may
/// be answered at all is the snapshot's to say. One of these belongs to one open tenant. It grows as it is used: full, with ``standardCapacity``,
/// its tables take 3 MB, its texts 8 MB at most.
package final class RecentNames: Sendable {
    /// Names that are held at most.
    package static let standardCapacity = 16_384
    /// A name with longer texts is not held.
    static let textByteLimit = 512

    private let names: Mutex<RecentMap<HitRows.Key, PassageName>>

    /// Holds at most `capacity` names, at least two.
    init(capacity: Int) { names = Mutex(RecentMap(capacity: capacity)) }

    /// The names of some passages; nil for those that are not known.
    func names(of keys: [HitRows.Key]) -> [PassageName?] {
        names.withLock { names in keys.map { names[$0] } }
    }

    /// Remembers names that were just read.
    func remember(_ read: [(key: HitRows.Key, name: PassageName)]) {
        names.withLock { names in
            for (key, name) in read where name.textByteCount <= Self.textByteLimit { names[key] = name }
        }
    }
}

extension PassageName {
    fileprivate var textByteCount: Int { documentID.utf8.count + title.utf8.count + (heading?.utf8.count ?? 0) }
}
