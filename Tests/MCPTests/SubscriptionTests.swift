import JSON
import JSONRPC
import MCP
import Testing

/// Golden bytes of a stream of changes.
@Suite struct SubscriptionTests {
    private func messages(_ id: RequestID) -> SubscriptionMessages {
        Wire.full.subscriptionMessages(
            of: MCPCall(era: .modern, id: id, method: .listen(SubscriptionFilter())))
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(arguments: [(RequestID.string("sub-1"), #""sub-1""#), (.integer(9), "9")])
    func everyMessageCarriesTheStreamsName(_ id: RequestID, _ json: String) {
        let stream = messages(id)
        let meta = #""_meta":{"io.modelcontextprotocol/subscriptionId":\#(json)}"#
        #expect(
            text(stream.acknowledged(SubscriptionFilter(resourcesListChanged: true, resources: ["a:b"])))
                == #"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{\#(meta),"notifications":{"resourcesListChanged":true,"resourceSubscriptions":["a:b"]}}}"#
        )
        #expect(
            text(stream.acknowledged(SubscriptionFilter()))
                == #"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{\#(meta),"notifications":{}}}"#
        )
        for family in ["tools", "prompts", "resources"] {
            let list = ServerCapabilities.Family(rawValue: family)
            #expect(
                list.map { text(stream.listChanged($0)) }
                    == #"{"jsonrpc":"2.0","method":"notifications/\#(family)/list_changed","params":{\#(meta)}}"#)
        }
        #expect(
            text(stream.updated("search://collections/docs"))
                == #"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{\#(meta),"uri":"search://collections/docs"}}"#
        )
        #expect(
            text(stream.ended())
                == #"{"jsonrpc":"2.0","id":\#(json),"result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"carrel","title":"Carrel","version":"1.0"},"io.modelcontextprotocol/subscriptionId":\#(json)}}}"#
        )
    }

    @Test func `only what is declared is honoured`() {
        let wanted = SubscriptionFilter(
            toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true, resources: ["a"])
        #expect(
            wanted.honored(by: Wire.full.capabilities)
                == SubscriptionFilter(toolsListChanged: true, resourcesListChanged: true, resources: ["a"]))
        #expect(wanted.honored(by: ServerCapabilities()) == SubscriptionFilter())
        #expect(SubscriptionFilter().honored(by: Wire.full.capabilities) == SubscriptionFilter())
    }
}
