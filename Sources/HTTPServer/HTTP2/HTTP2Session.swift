import CNGHTTP2

/// The protocol of one HTTP/2 connection: bytes in, events out; answers in, bytes out.
///
/// nghttp2 does frames, HPACK, flow control and the rules of RFC 9113; ``HTTP2Guard`` adds patience. Knows no sockets,
/// no tasks and no clock. Lives inside its connection's actor.
package final class HTTP2Session {
    /// What came in.
    package enum Event {
        /// A request's head; `isWhole`: there is no body.
        case head(Int32, HTTP2Head, isWhole: Bool)
        case data(Int32, [UInt8])
        /// The body, and trailers if there were any, are complete.
        case end(Int32)
        /// Nothing more goes either way.
        case closed(Int32)
    }

    /// Why a connection cannot go on.
    package enum Failure: Error {
        /// The peer broke the protocol; a GOAWAY waits to be sent.
        case protocolBroken
    }

    private var session: OpaquePointer?
    private var heads: [Int32: HTTP2Head] = [:]
    private var outputs: [Int32: HTTP2Output] = [:]
    private var events: [Event] = []
    private var patience: HTTP2Guard
    private var isTired = false
    private let limits: HTTPLimits

    /// Nil when out of memory.
    package init?(limits: HTTPLimits) {
        self.limits = limits
        patience = HTTP2Guard()
        guard let callbacks = Self.makeCallbacks(), let option = Self.makeOption() else { return nil }
        defer {
            nghttp2_session_callbacks_del(callbacks)
            nghttp2_option_del(option)
        }
        let context = Unmanaged.passUnretained(self).toOpaque()
        guard nghttp2_session_server_new2(&session, callbacks, context, option) == 0 else { return nil }
        let settings = [
            Self.setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2Limits.streamCount),
            Self.setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, HTTP2Limits.streamWindow),
            Self.setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headByteCount),
        ]
        nghttp2_submit_settings(session, Self.noFlags, settings, settings.count)
        nghttp2_session_set_local_window_size(session, Self.noFlags, 0, Int32(HTTP2Limits.connectionWindow))
    }

    deinit { nghttp2_session_del(session) }

    private static let noFlags = UInt8(NGHTTP2_FLAG_NONE.rawValue)

    private static func setting(_ id: nghttp2_settings_id, _ value: Int) -> nghttp2_settings_entry {
        nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(value))
    }

    // MARK: In

    /// Takes everything, and says what it meant.
    /// - Parameter now: Milliseconds of any clock that does not go back.
    package func receive(_ bytes: UnsafeBufferPointer<UInt8>, now: Int) throws(Failure) -> [Event] {
        patience.now = now
        let count = nghttp2_session_mem_recv(session, bytes.baseAddress, bytes.count)
        if isTired {
            events = []
            nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM.rawValue)
            throw .protocolBroken
        }
        guard count == bytes.count else {
            events = []
            // nghttp2 itself has a GOAWAY ready for most faults; this is for the others.
            nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR.rawValue)
            throw .protocolBroken
        }
        defer { events = [] }
        return events
    }

    /// The stream whose head has begun and not ended; there is one at most.
    package var unfinishedHead: Int32? { heads.keys.first }

    /// What sending has brought about: streams that are closed now.
    package func takeEvents() -> [Event] {
        defer { events = [] }
        return events
    }

    /// Whether there is nothing more to say and to hear.
    package var isOver: Bool { nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0 }

    /// Lets the peer send as many bytes more on the stream and on the connection.
    package func consumed(_ id: Int32, _ count: Int) {
        nghttp2_session_consume(session, id, count)
    }

    /// The same where the stream is gone.
    package func consumedOfClosed(_ count: Int) {
        nghttp2_session_consume_connection(session, count)
    }

    // MARK: Out

    /// Appends frames to `buffer` until it holds `limit` bytes or there is nothing to send; false: nothing was added.
    package func output(into buffer: inout [UInt8], upTo limit: Int) -> Bool {
        let before = buffer.count
        while buffer.count < limit {
            var start: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &start)
            guard count > 0, let start else { break }
            buffer.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
        }
        return buffer.count > before
    }

    /// Sends `100 Continue`.
    package func sendContinue(_ id: Int32) {
        HTTP2Fields(status: 100).withValues { values, count in
            _ = nghttp2_submit_headers(session, Self.noFlags, id, nil, values, count, nil)
        }
    }

    /// Begins an answer.
    /// - Parameter output: Where its content comes from; nil for none.
    package func answer(_ id: Int32, _ fields: HTTP2Fields, output: HTTP2Output?) {
        guard let output else {
            fields.withValues { values, count in _ = nghttp2_submit_response(session, id, values, count, nil) }
            return
        }
        outputs[id] = output
        var provider = nghttp2_data_provider()
        // Kept by `outputs` until the stream is closed.
        provider.source.ptr = Unmanaged.passUnretained(output).toOpaque()
        provider.read_callback = { _, _, buffer, capacity, flags, source, _ in
            guard let context = source?.pointee.ptr, let buffer, let flags else { return 0 }
            let output = Unmanaged<HTTP2Output>.fromOpaque(context).takeUnretainedValue()
            let count = output.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
            if output.isAtEnd {
                flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            } else if count == 0 {
                output.isDeferred = true
                return Int(NGHTTP2_ERR_DEFERRED.rawValue)
            }
            return count
        }
        fields.withValues { values, count in _ = nghttp2_submit_response(session, id, values, count, &provider) }
    }

    /// The stream's output has something again, or its end.
    package func outputGrew(_ id: Int32) {
        guard let output = outputs[id], output.isDeferred else { return }
        output.isDeferred = false
        nghttp2_session_resume_data(session, id)
    }

    /// Why a stream is given up.
    package enum ResetReason {
        /// The answer is complete and the rest of the body is not wanted.
        case bodyUnwanted
        /// Something is missing from the answer.
        case failed
        /// The client took too long.
        case tooSlow
        /// Nothing was done for it; the client may ask again elsewhere.
        case refused
    }

    /// Ends a stream before its time.
    package func reset(_ id: Int32, _ reason: ResetReason) {
        let code =
            switch reason {
            case .bodyUnwanted: NGHTTP2_NO_ERROR
            case .failed: NGHTTP2_INTERNAL_ERROR
            case .tooSlow: NGHTTP2_CANCEL
            case .refused: NGHTTP2_REFUSED_STREAM
            }
        nghttp2_submit_rst_stream(session, Self.noFlags, id, code.rawValue)
    }

    /// Says that the connection will go, while requests on their way are still taken.
    package func announceGoAway() { nghttp2_submit_shutdown_notice(session) }

    /// Says that no stream behind those already here will be served.
    package func goAway() {
        let last = nghttp2_session_get_last_proc_stream_id(session)
        nghttp2_submit_goaway(session, Self.noFlags, last, NGHTTP2_NO_ERROR.rawValue, nil, 0)
    }

    // MARK: Callbacks

    private static func of(_ context: UnsafeMutableRawPointer?) -> HTTP2Session? {
        context.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func makeOption() -> OpaquePointer? {
        var option: OpaquePointer?
        guard nghttp2_option_new(&option) == 0 else { return nil }
        // The window opens when a handler has read, not when bytes have come.
        nghttp2_option_set_no_auto_window_update(option, 1)
        nghttp2_option_set_stream_reset_rate_limit(option, HTTP2Limits.resetBurst, HTTP2Limits.resetsPerSecond)
        nghttp2_option_set_max_outbound_ack(option, 256)
        nghttp2_option_set_max_settings(option, 32)
        nghttp2_option_set_max_continuations(option, 8)
        // Priorities of RFC 7540 would keep closed streams in memory.
        nghttp2_option_set_no_closed_streams(option, 1)
        return option
    }

    private static func makeCallbacks() -> OpaquePointer? {
        var callbacks: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0 else { return nil }
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, header, context in
            guard let header, let me = HTTP2Session.of(context) else { return 0 }
            return me.frameBegan(header.pointee)
        }
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, context in
            guard let frame, let me = HTTP2Session.of(context) else { return 0 }
            me.heads[frame.pointee.hd.stream_id] = HTTP2Head(limits: me.limits)
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, frame, name, nameCount, value, valueCount, _, context in
            guard let frame, let me = HTTP2Session.of(context) else { return 0 }
            me.heads[frame.pointee.hd.stream_id]?.add(
                UnsafeBufferPointer(start: name, count: nameCount), UnsafeBufferPointer(start: value, count: valueCount)
            )
            return 0
        }
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks) { _, _, _, _, _, _, _, _ in
            // Left alone, nghttp2 would drop the field and go on.
            NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, context in
            guard let frame, let me = HTTP2Session.of(context) else { return 0 }
            me.frameCame(frame.pointee)
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, id, data, count, context in
            guard let me = HTTP2Session.of(context) else { return 0 }
            me.events.append(.data(id, Array(UnsafeBufferPointer(start: data, count: count))))
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, context in
            guard let frame, let me = HTTP2Session.of(context) else { return 0 }
            return me.frameWent(frame.pointee)
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, _, context in
            guard let me = HTTP2Session.of(context) else { return 0 }
            me.heads[id] = nil
            me.outputs[id] = nil
            me.events.append(.closed(id))
            return 0
        }
        return callbacks
    }

    /// Frames that cost us more than their sender are counted.
    private func frameBegan(_ header: nghttp2_frame_hd) -> Int32 {
        let isEmptyData =
            header.type == UInt8(NGHTTP2_DATA.rawValue) && header.length == 0
            && header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) == 0
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue, NGHTTP2_CONTINUATION.rawValue, NGHTTP2_WINDOW_UPDATE.rawValue: return 0
        case NGHTTP2_DATA.rawValue where !isEmptyData: return 0
        default: return tire()
        }
    }

    /// A stream that the peer made us reset cost as much as one it reset itself.
    private func frameWent(_ frame: nghttp2_frame) -> Int32 {
        let type = UInt32(frame.hd.type)
        if type == NGHTTP2_DATA.rawValue || type == NGHTTP2_HEADERS.rawValue,
            frame.hd.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0,
            nghttp2_session_get_stream_remote_close(session, frame.hd.stream_id) == 0
        {
            // The answer is out and the body is not in: its rest is not wanted.
            reset(frame.hd.stream_id, .bodyUnwanted)
        }
        guard type == NGHTTP2_RST_STREAM.rawValue,
            frame.rst_stream.error_code == NGHTTP2_PROTOCOL_ERROR.rawValue
                || frame.rst_stream.error_code == NGHTTP2_FLOW_CONTROL_ERROR.rawValue
                || frame.rst_stream.error_code == NGHTTP2_STREAM_CLOSED.rawValue
        else { return 0 }
        return tire()
    }

    private func tire() -> Int32 {
        if patience.spend() { return 0 }
        isTired = true
        return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
    }

    private func frameCame(_ frame: nghttp2_frame) {
        let id = frame.hd.stream_id
        let isLast = frame.hd.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        switch UInt32(frame.hd.type) {
        case NGHTTP2_HEADERS.rawValue:
            guard let head = heads.removeValue(forKey: id) else { return }
            if frame.headers.cat == NGHTTP2_HCAT_REQUEST {
                events.append(.head(id, head, isWhole: isLast))
            } else if isLast {
                // Trailers: they say nothing that a handler asks for.
                events.append(.end(id))
            }
        case NGHTTP2_DATA.rawValue where isLast: events.append(.end(id))
        default: break
        }
    }
}
