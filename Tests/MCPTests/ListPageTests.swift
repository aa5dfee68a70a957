import Access
import JSON
import MCP
import Testing

/// Lists page by page, and their sealed cursors.
@Suite struct ListPageTests {
    private let endpoint = Wire.full
    private let entries = (0..<7).map { ListEntry(id: "e\($0)", encoded: Array(#"{"name":"e\#($0)"}"#.utf8)) }

    private func page(
        _ cursor: String?, _ entries: [ListEntry], era: MCPEra = .modern, owner: String = "t", size: Int = 3
    ) -> MCPReply {
        endpoint.listReply(
            to: Wire.call(era, .promptsList(cursor: cursor)), .prompts, entries: entries, owner: owner, pageSize: size)
    }

    private func read(_ reply: MCPReply) throws -> (names: [String], next: String?) {
        let result = try JSONValue(parsing: reply.body)["result"]
        return (
            result?["prompts"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? [],
            result?["nextCursor"]?.stringValue
        )
    }

    @Test(arguments: [1, 2, 3, 6, 7, 8])
    func pagesFollowTheirCursorsToTheEnd(_ size: Int) throws {
        var names: [String] = []
        var cursor: String?
        var pages = 0
        repeat {
            let (more, next) = try read(page(cursor, entries, size: size))
            names += more
            cursor = next
            pages += 1
        } while cursor != nil && pages < 10
        #expect(pages == (entries.count + size - 1) / size)
        #expect(names == entries.map(\.id))
    }

    @Test func `the first page of the product holds 500 entries`() throws {
        let many = (0..<501).map { ListEntry(id: "e\($0)", encoded: Array(#"{"name":"e\#($0)"}"#.utf8)) }
        let reply = endpoint.listReply(
            to: Wire.call(.modern, .promptsList(cursor: nil)), .prompts, entries: many, owner: "t")
        let (names, next) = try read(reply)
        #expect(names.count == 500)
        #expect(next != nil)
    }

    @Test func `an empty list has no cursor`() {
        #expect(
            page(nil, []).text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","prompts":[],"ttlMs":300000,"cacheScope":"private",\#(Wire.info)}}"#
        )
    }

    @Test func `a cursor holds for one list, one owner and one key`() throws {
        let cursor = try #require(try read(page(nil, entries)).next)
        #expect(try read(page(cursor, entries)).names == ["e3", "e4", "e5"])
        #expect(page(cursor, entries, owner: "u").verdict == "400 -32602 7")
        let other = endpoint.listReply(
            to: Wire.call(.modern, .toolsList(cursor: cursor)), .tools, entries: entries, owner: "t", pageSize: 3)
        #expect(other.verdict == "400 -32602 7")
        let foreign = TokenSeal(key: [UInt8](repeating: 8, count: 32))
        let forged = foreign.seal([1, 0, 0, 0, 3] + Array("e2".utf8), for: "mcp cursor prompts t")
        #expect(page(forged, entries).verdict == "400 -32602 7")
    }

    @Test func `anything that is no cursor is refused, in both eras`() throws {
        let cursor = try #require(try read(page(nil, entries)).next)
        let seal = TokenSeal(key: [UInt8](repeating: 7, count: 32))
        let purpose = "mcp cursor prompts t"
        let bad =
            ["", "zz", cursor + "A", String(cursor.dropLast()), "v1.prompts.3"]
            // Sealed by the right key, but of another version, at place 0, without a name, not UTF-8.
            + [[2, 0, 0, 0, 3, 0x65], [1, 0, 0, 0, 0, 0x65], [1, 0, 0, 0, 3], [1, 0, 0, 0, 3, 0xFF], []].map {
                seal.seal($0, for: purpose)
            }
        for text in bad {
            #expect(page(text, entries).verdict == "400 -32602 7", "\(text)")
            #expect(page(text, entries, era: .legacy(.v2025_11_25)).verdict == "200 -32602 7", "\(text)")
        }
    }

    @Test func `a list that changed between pages loses nothing that stayed`() throws {
        let cursor = try #require(try read(page(nil, entries)).next)
        // The last entry of the page is gone: the one behind it took its place.
        var shorter = entries
        shorter.remove(at: 2)
        #expect(try read(page(cursor, shorter)).names == ["e3", "e4", "e5"])
        // An entry came before it: the page goes on behind what was seen.
        let longer = [ListEntry(id: "a", encoded: Array(#"{"name":"a"}"#.utf8))] + entries
        #expect(try read(page(cursor, longer)).names == ["e3", "e4", "e5"])
        #expect(try read(page(cursor, [])).names == [])
        #expect(try read(page(cursor, Array(entries.prefix(1)))).names == [])
    }

    @Test(arguments: [
        (MCPEndpoint.List.resources, #""ttlMs":0,"cacheScope":"private""#),
        (.resourceTemplates, #""ttlMs":300000,"cacheScope":"private""#),
        (.tools, #""ttlMs":300000,"cacheScope":"private""#),
    ])
    func listsSayHowLongTheyHold(_ list: MCPEndpoint.List, _ hint: String) {
        let call = Wire.call(.modern, .resourcesList(cursor: nil))
        #expect(
            endpoint.listReply(to: call, list, entries: [], owner: "").text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","\#(list.rawValue)":[],\#(hint),\#(Wire.info)}}"#
        )
        let old = Wire.call(.legacy(.v2025_06_18), .resourcesList(cursor: nil))
        #expect(
            endpoint.listReply(to: old, list, entries: [], owner: "").text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{"\#(list.rawValue)":[]}}"#)
    }
}
