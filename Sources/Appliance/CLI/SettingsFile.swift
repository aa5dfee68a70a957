import JSON

/// Settings as they are given on the command line.
enum SettingsFile {
    private static let limit = 16 << 20

    /// A file's object; `-` is standard input.
    static func read(_ path: String) throws -> JSONObject {
        let bytes = try bytes(of: path)
        do {
            guard let object = try JSONValue(parsing: bytes).objectValue else {
                throw CommandFailure("\(path) does not hold a JSON object")
            }
            return object
        } catch let error as JSONError {
            throw CommandFailure("\(path) is no JSON: \(error)")
        }
    }

    /// What a file holds, at most 16 MiB; `-` is standard input.
    static func bytes(of path: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var reader = try FileLineReader(path, limit: limit)
        while let line = try reader.next() {
            guard case .text(let text) = line, bytes.count + text.count < limit else {
                throw CommandFailure("\(path) has more than \(limit >> 20) MiB")
            }
            bytes += text + [UInt8(ascii: "\n")]
        }
        return bytes
    }

    /// `k1=0.9`: the value is JSON if it reads as JSON, else a text.
    static func pair(_ text: String) throws(UsageError) -> (key: String, value: JSONValue) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw UsageError(message: "option --set takes one FILE, or KEY=VALUE, not '\(text)'")
        }
        return (parts[0], (try? JSONValue(parsing: parts[1])) ?? .string(parts[1]))
    }

    /// The settings with some of them replaced; members of the analysis and of vectors are named without these.
    static func merge(_ pairs: [(key: String, value: JSONValue)], into settings: JSONObject) -> JSONObject {
        var settings = settings
        var analysis = settings["analysis"]?.objectValue ?? [:]
        var vectors = settings["vectors"]?.objectValue ?? [:]
        for (key, value) in pairs {
            if (["k1", "b", "title_weight", "default_space"] + FusionSettings.names).contains(key) {
                settings[key] = value
            } else if ["codes", "m", "ef_construction", "ef"].contains(key) {
                vectors[key] = value
            } else {
                analysis[key] = value
            }
        }
        settings["analysis"] = .object(analysis)
        settings["vectors"] = .object(vectors)
        return settings
    }
}
