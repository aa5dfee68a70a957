import MCP
import TenantStore

extension TenantEngine {
    /// Values for a variable of a template or an argument of a prompt, by its name; of this tenant alone.
    func suggestions(for request: CompletionRequest) async throws -> Completion {
        switch request.argument {
        case "name", "collection": Completion(all: collectionNames(from: request.value))
        case "id", "document_id", "first_document", "second_document":
            try await documentIDs(from: request.value, in: request.known["collection"])
        case "n": try await passageNumbers(from: request.value, known: request.known)
        case "field":
            Completion(
                all: try await metadataFields(in: request.known["collection"]).map(\.name)
                    .filter { $0.startsByBytes(request.value) })
        default: .none
        }
    }

    private func collectionNames(from start: String) -> [String] {
        published.current.collections.map(\.record.name).filter { $0.startsByBytes(start) }
    }

    /// Ids that begin so, in byte order, from all collections or from one.
    private func documentIDs(from start: String, in collection: String?) async throws -> Completion {
        let limit = Completion.limit + 1
        let ids = try await read { reader, snapshot -> [String] in
            var found: [String] = []
            for place in snapshot.collections where collection == nil || place.record.name == collection {
                if !start.isEmpty, let exact = try reader.document(start, in: place.record.id) {
                    found.append(exact.id)
                }
                // No id that begins so lies before what it begins with.
                let position = start.isEmpty ? nil : ListPosition(collection: place.record.name, id: start)
                let rows = try reader.listDocuments(in: place.record.id, after: position, limit: limit)
                found += rows.map(\.id).prefix { $0.startsByBytes(start) }
            }
            return found
        }
        var seen: Set<[UInt8]> = []
        let unique = ids.filter { seen.insert(Array($0.utf8)).inserted }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return Completion(first: unique, hasMore: false)
    }

    private func passageNumbers(from start: String, known: [String: String]) async throws -> Completion {
        guard let name = known["collection"], let id = known["id"] else { return .none }
        let count = try await read { reader, snapshot -> Int in
            guard let record = snapshot.collection(named: name)?.record else { return 0 }
            return try reader.document(id, in: record.id)?.passageCount ?? 0
        }
        return Completion(all: (0..<count).map { String($0 + 1) }.filter { $0.startsByBytes(start) })
    }
}

extension String {
    /// Whether it begins with these bytes; Swift's own prefix compares canonically equivalent spellings as equal.
    fileprivate func startsByBytes(_ start: String) -> Bool { utf8.starts(with: start.utf8) }
}
