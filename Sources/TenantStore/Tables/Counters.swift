/// Named numbers of a file, such as the change sequence.
struct Counters {
    let connection: Connection

    func value(_ name: String) throws(StoreError) -> Int64 {
        guard
            let value = try connection.first(
                "SELECT value FROM counter WHERE name = ?", .text(name), read: { $0.integer(0) })
        else { throw connection.corruptRow("the counter \(name) is missing") }
        return value
    }

    func set(_ name: String, to value: Int64) throws(StoreError) {
        try connection.run("UPDATE counter SET value = ? WHERE name = ?", .integer(value), .text(name))
    }
}
