import Appliance
import HTTPServer
import Testing

/// Who may be sent something: what is listed, and nothing by accident.
@Suite struct PushAllowListTests {
    private func allows(_ list: [String], _ address: String, of host: String? = nil, port: Int = 443) throws -> Bool {
        let parsed = try #require(PushAllowList(list))
        let own = Set([try #require(IPAddress("10.9.9.9"))])
        return parsed.allows(try #require(IPAddress(address)), of: host ?? address, port: port, own: own)
    }

    @Test(arguments: [
        "127.0.0.1", "::1", "169.254.169.254", "fe80::1", "0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1",
        "::ffff:127.0.0.1", "192.168.1.1", "93.184.216.34", "10.9.9.9",
    ])
    func `an empty list lets nobody pass`(address: String) throws {
        #expect(try !allows([], address))
    }

    @Test(arguments: [
        "127.0.0.1", "127.9.9.9", "::1", "169.254.169.254", "fe80::1", "0.0.0.0", "::ffff:127.0.0.1", "10.9.9.9",
    ])
    func `what means this machine or its link passes neither by a name nor by a wide range`(address: String) throws {
        #expect(try !allows(["hooks.example:443"], address, of: "hooks.example"))
        #expect(try !allows(["128.0.0.0/1:443", "64.0.0.0/2:443", "0.0.0.0/1:443", "[8000::/1]:443"], address))
        #expect(try allows(["\(address.contains(":") ? "[\(address)]" : address):443"], address))
    }

    @Test func `names, addresses and ranges pass with their port alone`() throws {
        #expect(try allows(["hooks.example:443"], "93.184.216.34", of: "hooks.example"))
        #expect(try allows(["Hooks.Example:443"], "10.0.0.1", of: "hooks.example"))
        #expect(try !allows(["hooks.example:443"], "93.184.216.34", of: "hooks.example", port: 80))
        #expect(try !allows(["hooks.example:443"], "93.184.216.34", of: "other.example"))
        #expect(try allows(["10.0.0.0/8:443"], "10.0.0.1", of: "any.example"))
        #expect(try allows(["10.0.0.0/8:443"], "::ffff:10.0.0.1"))
        #expect(try !allows(["10.0.0.0/8:443"], "11.0.0.1"))
        #expect(try allows(["169.254.0.0/16:80"], "169.254.169.254", port: 80))
        #expect(try allows(["localhost:443"], "127.0.0.1", of: "localhost"))
        #expect(try allows(["hooks.example:*"], "93.184.216.34", of: "hooks.example", port: 8_443))
        #expect(try !allows(["hooks.example:*"], "127.0.0.1", of: "hooks.example"))
        #expect(try !allows(["localhost:443"], "169.254.169.254", of: "localhost"))
    }

    @Test(arguments: [
        "", "host", "host:", "host:0", "host:65536", ":443", "ho st:443", "10.0.0.1/8:443", "[::1:443",
        "http://host:443",
    ])
    func `what is no target is refused`(text: String) {
        #expect(PushAllowList([text]) == nil)
    }
}
