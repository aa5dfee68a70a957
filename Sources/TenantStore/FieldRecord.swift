public import IndexCore

/// A metadata field of a collection.
public struct FieldRecord: Sendable, Equatable {
    /// Its dotted path, unique in the collection.
    public var name: String
    /// The name of its type, which the columns know.
    public var type: String
    /// Whether somebody said so; else the first value did.
    public var isDeclared: Bool

    /// A field.
    public init(name: String, type: String, isDeclared: Bool) {
        self.name = name
        self.type = type
        self.isDeclared = isDeclared
    }
}

/// What columns are made of: a document version without its text.
public struct DocumentMetadata: Sendable, Equatable {
    /// Names the version.
    public var firstPassage: PassageID
    /// Live passages.
    public var passageCount: Int
    /// A JSON object.
    public var metadata: [UInt8]
}

extension TenantReader {
    /// The metadata fields of a collection, by name.
    public func fields(in collection: UInt32) throws(StoreError) -> [FieldRecord] {
        try CollectionFields(connection: connection).all(in: collection)
    }

    /// Calls `body` with the metadata of every document of a collection, in the order of first passages.
    ///
    /// One row is in memory at a time.
    public func forEachMetadata(in collection: UInt32, _ body: (DocumentMetadata) throws -> Void) throws {
        try Documents(connection: connection).forEachMetadata(in: collection, body)
    }

    /// The ids of the documents named by these first passages, in the order given; nil for those that are gone.
    public func documentIDs(byFirstPassage ids: [PassageID], in collection: UInt32) throws(StoreError) -> [String?] {
        let table = Documents(connection: connection)
        var result: [String?] = []
        for id in ids { result.append(try table.id(PassageKey(collection: collection, id: id))) }
        return result
    }
}

extension TenantWriter {
    /// Stores metadata fields, over what was stored of them.
    public func saveFields(_ fields: [FieldRecord], in collection: UInt32) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        for field in fields { try CollectionFields(connection: connection).save(field, in: collection) }
    }

    /// Calls `body` with the metadata of every document of a collection, in the order of first passages.
    public func forEachMetadata(in collection: UInt32, _ body: (DocumentMetadata) throws -> Void) throws {
        try Documents(connection: connection).forEachMetadata(in: collection, body)
    }
}
