import IndexCore
import TenantStore

/// The rows of documents and passages that an answer tells of: each is looked up once, all of a collection together.
///
/// Filled inside one transaction, so that a document and its text are of one version.
struct HitRows {
    struct Key: Comparable, Hashable {
        /// The collection above the id.
        private let bits: UInt64

        var collection: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }
        var id: PassageID { PassageID(UInt32(truncatingIfNeeded: bits)) }

        init(_ id: PassageID, in collection: UInt32) {
            bits = UInt64(collection) << 32 | UInt64(id.rawValue)
        }

        static func < (left: Key, right: Key) -> Bool { left.bits < right.bits }
    }

    private var documents = SortedRows<StoredDocument>()
    private var passages = SortedRows<StoredPassage>()

    /// Reads the documents that these first passages name.
    mutating func addDocuments(_ keys: [Key], _ reader: TenantReader) throws(StoreError) {
        documents.reserve(keys.count)
        for (collection, ids) in Self.grouped(keys) {
            for document in try reader.documents(byFirstPassage: ids, in: collection) {
                documents.insert(document, at: Key(document.firstPassage, in: collection))
            }
        }
    }

    mutating func addPassages(_ keys: [Key], _ reader: TenantReader) throws(StoreError) {
        passages.reserve(keys.count)
        for (collection, ids) in Self.grouped(keys) {
            for passage in try reader.passages(ids, in: collection) {
                passages.insert(passage, at: Key(passage.id, in: collection))
            }
        }
    }

    /// Reads these passages and their documents.
    mutating func addHits(_ keys: [Key], _ reader: TenantReader) throws(StoreError) {
        passages.reserve(keys.count)
        documents.reserve(keys.count)
        for (collection, ids) in Self.grouped(keys) {
            for (passage, document) in try reader.passagesWithDocuments(ids, in: collection) {
                passages.insert(passage, at: Key(passage.id, in: collection))
                documents.insert(document, at: Key(document.firstPassage, in: collection))
            }
        }
    }

    /// Reads what names these passages, each once.
    static func names(_ keys: [Key], _ reader: TenantReader) throws(StoreError) -> [(key: Key, name: PassageName)] {
        var names: [(key: Key, name: PassageName)] = []
        names.reserveCapacity(keys.count)
        for (collection, ids) in grouped(keys) {
            for name in try reader.passageNames(ids, in: collection) {
                names.append((Key(name.id, in: collection), name))
            }
        }
        return names
    }

    /// - Throws: ``Searcher/StaleSnapshot`` where it was not there.
    func document(_ key: Key) throws(Searcher.StaleSnapshot) -> StoredDocument {
        guard let document = documents[key] else { throw Searcher.StaleSnapshot() }
        return document
    }

    /// - Throws: ``Searcher/StaleSnapshot`` where it was not there.
    func passage(_ key: Key) throws(Searcher.StaleSnapshot) -> StoredPassage {
        guard let passage = passages[key] else { throw Searcher.StaleSnapshot() }
        return passage
    }

    /// Each key once, ascending.
    private static func grouped(_ keys: [Key]) -> [(collection: UInt32, ids: [PassageID])] {
        var groups: [(collection: UInt32, ids: [PassageID])] = []
        var last: Key?
        for key in keys.sorted() where key != last {
            if last?.collection != key.collection { groups.append((key.collection, [])) }
            groups[groups.count - 1].ids.append(key.id)
            last = key
        }
        return groups
    }
}

/// Rows by ascending keys: a page of hits has a few dozen, which mostly come in that order.
private struct SortedRows<Row> {
    private var keys: [HitRows.Key] = []
    private var rows: [Row] = []

    /// Makes room for so many more.
    mutating func reserve(_ count: Int) {
        keys.reserveCapacity(keys.count + count)
        rows.reserveCapacity(rows.count + count)
    }

    mutating func insert(_ row: Row, at key: HitRows.Key) {
        let place = keys.last.map { $0 < key } ?? true ? keys.count : place(of: key)
        if place < keys.count, keys[place] == key {
            rows[place] = row
        } else {
            keys.insert(key, at: place)
            rows.insert(row, at: place)
        }
    }

    subscript(key: HitRows.Key) -> Row? {
        let place = place(of: key)
        return place < keys.count && keys[place] == key ? rows[place] : nil
    }

    /// Where the first key is that is not less.
    private func place(of key: HitRows.Key) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Searcher.Ranking {
    /// The collection of a candidate.
    func collection(of candidate: Searcher.Candidate) -> UInt32 { sources[candidate.source].collection.record.id }

    /// The rows of these candidates' documents and best passages.
    func rows(of candidates: some Sequence<Searcher.Candidate>, _ reader: TenantReader) throws -> HitRows {
        var rows = HitRows()
        try rows.addHits(keys(of: candidates), reader)
        return rows
    }

    /// The keys of these candidates' best passages.
    func keys(of candidates: some Sequence<Searcher.Candidate>) -> [HitRows.Key] {
        candidates.map { HitRows.Key($0.hit.passage, in: collection(of: $0)) }
    }
}
