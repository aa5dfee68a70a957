/// The loop of one thread of a service.
struct EmbeddingWorker {
    let model: MiniLM
    let queue: EmbeddingQueue
    let lane: EmbeddingLane

    /// Works until the lane is closed.
    func run() {
        let scratch = model.makeScratch()
        while let jobs = queue.next(lane) {
            answer(jobs, scratch)
        }
    }

    /// Jobs that came together go through the model together: the weights are read once for all.
    private func answer(_ jobs: [EmbeddingJob], _ scratch: MiniLMScratch) {
        do throws(EmbeddingError) {
            let results = try model.embed(jobs.flatMap(\.texts), scratch: scratch) { () throws(EmbeddingError) in
                if lane == .passage {
                    for job in jobs where queue.pause(for: job) { return }
                } else {
                    for job in jobs where queue.isWanted(job) { return }
                }
                throw .cancelled
            }
            var first = 0
            for job in jobs {
                queue.finish(job, .success(Array(results[first..<first + job.texts.count])))
                first += job.texts.count
            }
        } catch {
            for job in jobs { queue.finish(job, .failure(error)) }
        }
    }
}
