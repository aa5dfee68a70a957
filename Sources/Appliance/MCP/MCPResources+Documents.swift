import IndexCore
import JSON
import MCP
import TenantStore

extension MCPResourceProvider {
    /// What the caller's tenant holds: collections in the list, documents and passages by template.
    static let documents = MCPResourceProvider(
        templates: [
            ResourceTemplate(
                uriTemplate: "search://collections/{name}", name: "collection", title: "Collection",
                description: "What a collection holds: counts, settings and the fields of its metadata",
                mimeType: "application/json"),
            ResourceTemplate(
                uriTemplate: "search://documents/{collection}/{id}", name: "document", title: "Document",
                description: "The whole text of a document; the uri of a hit leads here", mimeType: "text/markdown"),
            ResourceTemplate(
                uriTemplate: "search://documents/{collection}/{id}/passages/{n}", name: "passage", title: "Passage",
                description: "One passage of a document, counted from 1", mimeType: "text/markdown"),
        ],
        list: { appliance, context in
            try await appliance.collections(context).map { collection in
                ResourceDefinition(
                    uri: SearchURI.collection(collection.name).text, name: collection.name,
                    title: "Collection \(collection.name)",
                    description: "\(collection.documents) documents in \(collection.passages) passages",
                    mimeType: "application/json")
            }
        },
        read: { appliance, context, text, _ in
            guard let uri = SearchURI(text) else { return nil }
            context.tally.update { $0.target = uri.text }
            let engine = try await appliance.registry.engine(for: context.requireTenant())
            guard let contents = try await engine.contents(of: uri, as: text) else { return nil }
            context.tally.update { $0.resultCount = 1 }
            return .given([contents])
        },
        complete: { appliance, context, _, request in
            let engine = try await appliance.registry.engine(for: context.requireTenant())
            return try await engine.suggestions(for: request)
        },
        watched: { SearchURI($0)?.watched })
}

extension TenantEngine {
    /// Documents of a collection that are looked at for the fields of its metadata.
    private static let fieldSample = 1_000

    /// What an address holds; nil where there is nothing.
    fileprivate func contents(of uri: SearchURI, as text: String) async throws -> ResourceContents? {
        switch uri {
        case .collection(let name):
            guard let info = collections().first(where: { $0.name == name }) else { return nil }
            let fields = try await metadataFields(in: name)
            var writer = JSONWriter(reservingCapacity: 1_024)
            info.write(fields: fields, to: &writer)
            return ResourceContents(
                uri: text, mimeType: "application/json", body: .text(String(decoding: writer.bytes, as: UTF8.self)))
        case .document(let collection, let id):
            let body = try await read { reader, snapshot -> String? in
                guard let record = snapshot.collection(named: collection)?.record,
                    let document = try reader.document(id, in: record.id)
                else { return nil }
                return try reader.documentText(document)
            }
            return body.map { ResourceContents(uri: text, mimeType: "text/markdown", body: .text($0)) }
        case .passage(let collection, let id, let number):
            let body = try await read { reader, snapshot -> String? in
                guard let record = snapshot.collection(named: collection)?.record,
                    let document = try reader.document(id, in: record.id), number <= UInt32(document.passageCount)
                else { return nil }
                let passage = PassageID(rawValue: document.firstPassage.rawValue + number - 1)
                return try reader.passages([passage], in: record.id).first?.text
            }
            return body.map { ResourceContents(uri: text, mimeType: "text/markdown", body: .text($0)) }
        }
    }

    /// Names of metadata members with the kinds of their values, by name; from the first 1,000 documents.
    func metadataFields(in collection: String?) async throws -> [(name: String, kinds: [String])] {
        try await read { reader, snapshot in
            let selected = collection.map { name in snapshot.collections.filter { $0.record.name == name } }
            var kinds: [String: Set<String>] = [:]
            for collection in selected ?? snapshot.collections {
                for document in try reader.listDocuments(in: collection.record.id, limit: Self.fieldSample) {
                    guard let object = try JSONValue(parsing: document.metadata).objectValue else { continue }
                    for (name, value) in object.members { kinds[name, default: []].insert(value.kind) }
                }
            }
            return kinds.keys.sorted().map { ($0, kinds[$0, default: []].sorted()) }
        }
    }
}

extension CollectionInfo {
    fileprivate func write(fields: [(name: String, kinds: [String])], to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", name)
        writer.member("documents", documents)
        writer.member("passages", passages)
        writer.member("waiting", waiting)
        writer.member("passage_mode", passageMode.rawValue)
        writer.key("fields")
        writer.beginArray()
        for field in fields {
            writer.beginObject()
            writer.member("name", field.name)
            writer.member("types", field.kinds)
            writer.endObject()
        }
        writer.endArray()
        writer.member("documents_uri", "search://documents/\(name)/{id}")
        writer.endObject()
    }
}

extension JSONValue {
    /// Its type, as JSON Schema names it.
    fileprivate var kind: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .wideInteger, .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
