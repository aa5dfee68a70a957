import IndexCore
import TenantStore

extension TenantEngine {
    /// The passage of a document that begins at a position, counted in Unicode scalars; nil when the document or its cut is
    /// another one by now.
    /// - Complexity: O(log passages of the document) rows.
    func passage(of id: String, in collection: String, at start: Int) async throws -> StoredPassage? {
        try await read { reader, _ in
            guard let record = try reader.collections().first(where: { $0.name == collection }),
                let document = try reader.document(id, in: record.id)
            else { return nil }
            // Passages of a version have consecutive ids in the order of their text.
            var (low, high) = (0, document.passageCount - 1)
            while low <= high {
                let middle = (low + high) / 2
                let passage = try reader.passages(
                    [PassageID(document.firstPassage.rawValue + UInt32(middle))], in: record.id
                ).first
                guard let passage else { return nil }
                if passage.start == start { return passage }
                if passage.start < start { low = middle + 1 } else { high = middle - 1 }
            }
            return nil
        }
    }
}
