import MCP
import Testing

@Suite struct HeaderTextTests {
    @Test(arguments: [
        "", "hybrid_search", "a b", " a", "a ", "=?base64?", "=?base64?YQ==?=", "ü", "a\r\nX: y", "\u{0}", "ab", "abc",
        "abcd\t",
        "search://documents/n/ä",
    ])
    func `text comes back from its header form, which a header can hold`(text: String) {
        let value = HeaderText.encoded(text)
        #expect(HeaderText.decoded(value) == text)
        #expect(value.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !value.hasPrefix(" ") && !value.hasSuffix(" "))
    }

    @Test func `plain names stay as they are`() {
        #expect(HeaderText.encoded("hybrid_search") == "hybrid_search")
        #expect(HeaderText.encoded("ü") == "=?base64?w7w=?=")
    }
}
