import Appliance
import Testing

/// Addresses, exactly.
@Suite struct SearchURITests {
    @Test(arguments: [
        ("search://collections/docs", SearchURI.collection("docs")),
        ("search://documents/docs/a", .document(collection: "docs", id: "a")),
        ("search://documents/docs/a%2Fb%20c%25", .document(collection: "docs", id: "a/b c%")),
        ("search://documents/docs/%C3%A9", .document(collection: "docs", id: "é")),
        ("search://documents/docs/a/passages/1", .passage(collection: "docs", id: "a", number: 1)),
        (
            "search://documents/docs/a%2Fpassages%2F1/passages/12",
            .passage(collection: "docs", id: "a/passages/1", number: 12)
        ),
    ])
    func readsWhatItWrites(_ text: String, _ expected: SearchURI) {
        #expect(SearchURI(text) == expected)
        #expect(expected.text == text)
    }

    @Test(arguments: [
        ("search://documents/docs/a:b", "search://documents/docs/a%3Ab"),
        ("search://documents/docs/%c3%a9", "search://documents/docs/%C3%A9"),
        ("search://documents/docs/é", "search://documents/docs/%C3%A9"),
    ])
    func otherSpellingsMeanTheSame(_ text: String, _ canonical: String) {
        #expect(SearchURI(text)?.text == canonical)
    }

    @Test(arguments: [
        "", "search://", "search://collections", "search://collections/", "search://collections/a/b",
        "search:/collections/a",
        "SEARCH://collections/a", "https://collections/a", "search://documents/a", "search://documents//a",
        "search://documents/a/", "search://documents/a/b/c", "search://documents/a/b/passages",
        "search://documents/a/b/passages/", "search://documents/a/b/passages/0", "search://documents/a/b/passages/-1",
        "search://documents/a/b/passages/01",
        "search://documents/a/b/passages/+1", "search://documents/a/b/passages/4294967296",
        "search://documents/a/b/passage/1", "search://documents/a/%", "search://documents/a/%4",
        "search://documents/a/%zz", "search://documents/a/%ff", "search://documents/a/%00",
        "search://other/a",
    ])
    func anythingElseIsNone(_ text: String) {
        #expect(SearchURI(text) == nil)
    }

    @Test func `an address is bounded`() {
        #expect(SearchURI("search://documents/a/" + String(repeating: "x", count: 5_000)) == nil)
    }
}
