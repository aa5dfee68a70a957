import Appliance
import MCP
import Testing

/// What streams are told of commits.
@Suite struct ChangeListenerTests {
    private func listener(_ uris: [String], lists: Bool = true) -> ChangeListener {
        ChangeListener(
            SubscriptionFilter(toolsListChanged: lists, resourcesListChanged: lists, resources: uris),
            watched: uris.map { SearchURI($0)?.watched ?? .other($0) })
    }

    private func key(_ collection: String, _ id: String) -> WriteBatch.Key { .init(collection: collection, id: id) }

    private func change(
        _ keys: [WriteBatch.Key], before: Set<String> = ["a", "b"], after: Set<String> = ["a", "b"]
    ) -> TenantChange {
        TenantChange(documents: keys, before: before, after: after)
    }

    private static let all = [
        "search://collections/a", "search://collections/b", "search://documents/a/1", "search://documents/a/2",
        "search://documents/a/1/passages/1", "search://documents/b/1",
    ]

    @Test func `a document's change is its collection's and its passages' too`() {
        let listener = listener(Self.all)
        #expect(listener.take().isEmpty)
        listener.note(change([key("a", "1")]))
        #expect(
            listener.take().resources == [
                "search://collections/a", "search://documents/a/1", "search://documents/a/1/passages/1",
            ])
        #expect(listener.take().isEmpty)
    }

    @Test func `many changes are told once, however many there are`() {
        let listener = listener(Self.all)
        for round in 0..<10_000 { listener.note(change([key("a", "\(round % 3)"), key("b", "x")])) }
        let due = listener.take()
        #expect(due.resources == Array(Self.all.prefix(5)))
        #expect(due.lists == [])
    }

    @Test func `a large commit finds few addresses as a small one finds many`() {
        let few = listener(["search://documents/a/7"])
        few.note(change((0..<1_000).map { key("a", "\($0)") }))
        #expect(few.take().resources == ["search://documents/a/7"])
        let many = listener((0..<500).map { "search://documents/a/\($0)" })
        many.note(change([key("a", "499"), key("a", "3")]))
        #expect(many.take().resources == ["search://documents/a/3", "search://documents/a/499"])
    }

    @Test func `a collection that goes takes its documents along`() {
        let listener = listener(Self.all)
        listener.note(change([], after: ["b"]))
        let due = listener.take()
        #expect(due.lists == [.resources])
        #expect(
            due.resources == [
                "search://collections/a", "search://documents/a/1", "search://documents/a/2",
                "search://documents/a/1/passages/1",
            ])
    }

    @Test func `a new collection changes the list, and nothing that was not asked for is told`() {
        let listener = listener(Self.all)
        listener.note(change([key("c", "1")], after: ["a", "b", "c"]))
        #expect(listener.take().lists == [.resources])
        let deaf = self.listener([], lists: false)
        deaf.note(change([key("a", "1")], after: ["a", "b", "c"]))
        deaf.note(.tools)
        deaf.note(.prompts)
        #expect(deaf.take().isEmpty)
        listener.note(.prompts)
        #expect(listener.take().isEmpty)
        listener.note(.tools)
        #expect(listener.take().lists == [.tools])
    }

    @Test func `ids are compared by bytes`() {
        let listener = listener(["search://documents/a/%C3%A9"])
        listener.note(change([key("a", "e\u{301}")]))
        #expect(listener.take().isEmpty)
        listener.note(change([key("a", "\u{E9}")]))
        #expect(listener.take().resources.count == 1)
    }

    @Test func `streams of a credential are counted, and leave no trace`() throws {
        let hub = ChangeHub()
        let feed = hub.feed(of: "t")
        let listener = listener([])
        var open = try (0..<3).map { _ in try hub.listen(listener, tenant: "t", credential: "c", limit: 3) }
        #expect(throws: ApplianceError.tooManyStreams(limit: 3)) {
            _ = try hub.listen(listener, tenant: "t", credential: "c", limit: 3)
        }
        _ = try hub.listen(listener, tenant: "t", credential: "d", limit: 3)
        #expect(feed.isWatched)
        open.removeLast()
        #expect(hub.streamCount == 2)
        open.append(try hub.listen(listener, tenant: "t", credential: "c", limit: 3))
        open.removeAll()
        #expect(hub.streamCount == 0)
        #expect(!feed.isWatched)
    }

    @Test func `a tenant's feed outlives its engine and is nobody else's`() throws {
        let hub = ChangeHub()
        let mine = listener(["search://documents/a/1"])
        let subscription = try hub.listen(mine, tenant: "t", credential: "c", limit: 1)
        hub.feed(of: "u").publish(change([key("a", "1")]))
        #expect(mine.take().isEmpty)
        hub.feed(of: "t").publish(change([key("a", "1")]))
        #expect(mine.take().resources.count == 1)
        withExtendedLifetime(subscription) {}
    }
}
