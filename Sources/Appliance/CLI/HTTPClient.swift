import CCurl
import Synchronization

/// A blocking HTTP client for this box alone: the running server's socket, or its address on loopback.
///
/// libcurl with everything off that a local call does not need: no redirects, no proxy from the environment, HTTP only.
struct HTTPClient: Sendable {
    enum Endpoint: Sendable {
        /// `run/carrel.sock` of a data folder.
        case socket(path: String)
        /// `http://host:port`.
        case origin(String)
    }

    struct Reply: Sendable {
        var status: Int
        var body: [UInt8]
    }

    /// The server could not be reached or broke off.
    struct Unreachable: Error {
        var reason: String
    }

    let endpoint: Endpoint
    /// For one call from first to last byte; bulk writes embed nothing, so this is ample.
    var timeout = Duration.seconds(600)

    /// Sends one request and returns the whole answer.
    /// - Throws: ``Unreachable``.
    func send(method: String, target: String, headers: [(String, String)], body: [UInt8]) throws(Unreachable) -> Reply {
        guard let handle = curl_easy_init() else { throw Unreachable(reason: "libcurl could not start") }
        defer { curl_easy_cleanup(handle) }
        var lines: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(lines) }
        for (name, value) in headers + [("Expect", "")] {
            lines = curl_slist_append(lines, "\(name): \(value)")
        }
        let url: String
        switch endpoint {
        case .socket(let path):
            carrel_curl_set_string(handle, CURLOPT_UNIX_SOCKET_PATH, path)
            url = "http://localhost" + target
        case .origin(let origin):
            url = origin + target
        }
        carrel_curl_set_string(handle, CURLOPT_URL, url)
        carrel_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http")
        carrel_curl_set_string(handle, CURLOPT_PROXY, "")
        carrel_curl_set_string(handle, CURLOPT_CUSTOMREQUEST, method)
        carrel_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        carrel_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        carrel_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, 5_000)
        carrel_curl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(timeout / .milliseconds(1)))
        carrel_curl_set_pointer(handle, CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(lines))
        let sink = Sink()
        carrel_curl_set_write(
            handle,
            { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let sink = Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue()
                sink.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
                return size * count
            }, Unmanaged.passUnretained(sink).toOpaque())
        let code = withExtendedLifetime(sink) { perform(handle, body: body, method: method) }
        guard code == CURLE_OK else { throw Unreachable(reason: String(cString: curl_easy_strerror(code))) }
        var status = 0
        carrel_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return Reply(status: status, body: sink.bytes)
    }

    private func perform(_ handle: UnsafeMutableRawPointer, body: [UInt8], method: String) -> CURLcode {
        guard method != "GET" else { return curl_easy_perform(handle) }
        var body = body
        return body.withUnsafeMutableBytes { bytes in
            carrel_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, bytes.count)
            // libcurl reads the body from this memory while it performs; an empty one needs a non-null address.
            return withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { empty in
                carrel_curl_set_pointer(handle, CURLOPT_POSTFIELDS, bytes.baseAddress ?? empty.baseAddress)
                return curl_easy_perform(handle)
            }
        }
    }

    /// Collects the answer; used by the one thread that performs the call.
    private final class Sink {
        var bytes: [UInt8] = []
    }
}
