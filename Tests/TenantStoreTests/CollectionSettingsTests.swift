import TenantStore
import Testing

@Suite struct CollectionSettingsTests {
    private let settings = StoredSettings(wanted: #"{"k1": 2}"#, indexed: "{}")

    @Test func `settings are kept until others come`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection().id
        _ = try writer.makeCollection("other")
        #expect(try writer.collections().map(\.settings) == [nil, nil])
        let before = writer.sequence
        try writer.transaction { try writer.saveSettings(settings, of: collection) }
        #expect(try fixture.reader().collections().map(\.settings) == [settings, nil])
        let done = StoredSettings(wanted: settings.wanted, indexed: settings.wanted)
        try writer.transaction { try writer.saveSettings(done, of: collection) }
        #expect(try writer.collections().map(\.settings) == [done, nil])
        #expect(writer.sequence == before, "no change of the data")
    }

    @Test func `settings belong to a transaction and to a collection`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection().id
        #expect(throws: StoreError.notInTransaction) { try writer.saveSettings(settings, of: collection) }
        #expect(throws: StoreError.notFound(.collectionID(77))) {
            try writer.transaction { try writer.saveSettings(settings, of: 77) }
        }
        try writer.transaction { try writer.saveSettings(settings, of: collection) }
        try writer.transaction { try writer.dropCollection(collection) }
        #expect(try writer.makeCollection().settings == nil)
        #expect(try writer.connection.first("SELECT count(*) FROM collection_settings") { $0.integer(0) } == 0)
    }
}
