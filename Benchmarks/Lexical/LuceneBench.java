import java.io.*;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.apache.lucene.analysis.*;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.*;
import org.apache.lucene.index.*;
import org.apache.lucene.search.*;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.*;

/**
 * Lucene beside the engine, driven line by line so that rounds can be alternated.
 *
 * <p>{@code index DOCS.tsv DIR ANALYZER TITLE_WEIGHT DELETES ONE_SEGMENT} writes an index. DOCS.tsv holds id, title and
 * text; TITLE_WEIGHT copies of the title stand before the text in one field, or, with 0, title and text are joined by a
 * space, or, with "fields", they are fields of their own and the id is stored and not looked for. DELETES is a file of ids
 * or "-". With ONE_SEGMENT 1 all is merged into one, otherwise segments are what Lucene's
 * own buffer (16 MB) and merge policy leave.
 *
 * <p>{@code tokens DOCS.tsv OUT ANALYZER} writes each text, title and content joined by a space, as its terms: id, an
 * empty field, terms with spaces between.
 *
 * <p>{@code serve DIR ANALYZER} reads commands: {@code bench QUERIES MODE K OUT} runs each query once and writes
 * {@code id, microseconds}; {@code answer} does the same with the ids of the hits read too; {@code run QUERIES MODE K OUT} writes {@code id, document, rank, score}. Answers "done".
 *
 * <p>ANALYZER is "english" (standard tokenizer, lower case, Snowball's English stemmer, no stop words) or "tokens" (split
 * at spaces: text analysed elsewhere).
 */
public class LuceneBench {
  /** The position gap between values of one field, as in the engine. */
  static final int GAP = 100;

  static Analyzer analyzer(String name) {
    return new Analyzer() {
      @Override
      protected TokenStreamComponents createComponents(String field) {
        if (name.equals("tokens")) return new TokenStreamComponents(new WhitespaceTokenizer(4096));
        Tokenizer tokenizer = new StandardTokenizer();
        return new TokenStreamComponents(tokenizer, new SnowballFilter(new LowerCaseFilter(tokenizer), "English"));
      }

      @Override
      public int getPositionIncrementGap(String field) {
        return GAP;
      }
    };
  }

  public static void main(String[] words) throws Exception {
    switch (words[0]) {
      case "index" -> index(words);
      case "tokens" -> tokens(words);
      case "serve" -> new LuceneBench(words[1], words[2]).serve();
      default -> throw new IllegalArgumentException("index, tokens or serve, not " + words[0]);
    }
  }

  static void index(String[] words) throws IOException {
    boolean hasFields = words[4].equals("fields");
    int titleWeight = hasFields ? 1 : Integer.parseInt(words[4]);
    IndexWriterConfig config =
        new IndexWriterConfig(analyzer(words[3]))
            .setOpenMode(IndexWriterConfig.OpenMode.CREATE)
            .setRAMBufferSizeMB(words[6].equals("1") ? 512 : IndexWriterConfig.DEFAULT_RAM_BUFFER_SIZE_MB)
            .setMergeScheduler(new SerialMergeScheduler())
            .setSimilarity(new BM25Similarity(1.2f, 0.75f));
    long start = System.nanoTime();
    long count = 0;
    try (IndexWriter writer = new IndexWriter(FSDirectory.open(Path.of(words[2])), config);
        BufferedReader lines = Files.newBufferedReader(Path.of(words[1]))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] parts = line.split("\t", 3);
        Document document = new Document();
        document.add(
            hasFields ? new StoredField("id", parts[0]) : new StringField("id", parts[0], Field.Store.YES));
        if (hasFields) {
          document.add(new TextField("title", parts[1], Field.Store.NO));
          document.add(new TextField("text", parts[2], Field.Store.NO));
        } else if (titleWeight == 0) {
          String joined = parts[1].isEmpty() ? parts[2] : parts[1] + " " + parts[2];
          document.add(new TextField("text", joined, Field.Store.NO));
        } else {
          for (int copy = 0; copy < titleWeight && !parts[1].isEmpty(); copy++)
            document.add(new TextField("text", parts[1], Field.Store.NO));
          document.add(new TextField("text", parts[2], Field.Store.NO));
        }
        writer.addDocument(document);
        count++;
      }
      if (!words[5].equals("-"))
        for (String id : Files.readAllLines(Path.of(words[5]))) writer.deleteDocuments(new Term("id", id));
      writer.commit();
      if (words[6].equals("1")) writer.forceMerge(1);
      writer.commit();
    }
    if (!words[6].equals("1")) {
      try (DirectoryReader reader = DirectoryReader.open(FSDirectory.open(Path.of(words[2])))) {
        System.out.printf("%d segments, %d of %d alive, ", reader.leaves().size(), reader.numDocs(), reader.maxDoc());
      }
    }
    System.out.printf("indexed %d in %.1f s%n", count, (System.nanoTime() - start) / 1e9);
  }

  static void tokens(String[] words) throws IOException {
    try (Analyzer analyzer = analyzer(words[3]);
        BufferedReader lines = Files.newBufferedReader(Path.of(words[1]));
        PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(words[2])))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] parts = line.split("\t", 3);
        String joined = parts[1].isEmpty() ? parts[2] : parts[1] + " " + parts[2];
        out.print(parts[0] + "\t\t" + String.join(" ", terms(analyzer, joined)) + "\n");
      }
    }
  }

  private static final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  final IndexSearcher searcher;
  final Analyzer analyzer;

  LuceneBench(String folder, String analyzerName) throws IOException {
    searcher = new IndexSearcher(DirectoryReader.open(new MMapDirectory(Path.of(folder))));
    searcher.setQueryCache(null);
    searcher.setSimilarity(new BM25Similarity(1.2f, 0.75f));
    analyzer = analyzer(analyzerName);
  }

  void serve() throws IOException {
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ");
      List<String[]> queries = new ArrayList<>();
      for (String query : Files.readAllLines(Path.of(words[1]))) queries.add(query.split("\t", 2));
      int k = Integer.parseInt(words[3]);
      try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(words[4])))) {
        if (words[0].equals("bench")) bench(queries, words[2], k, out, false);
        else if (words[0].equals("answer")) bench(queries, words[2], k, out, true);
        else run(queries, words[2], k, out);
      }
      System.out.println("done");
    }
  }

  void bench(List<String[]> queries, String mode, int k, PrintWriter out, boolean readsIds) throws IOException {
    for (String[] query : queries) {
      long start = threads.getCurrentThreadCpuTime();
      ScoreDoc[] hits = searcher.search(query(query[1], mode), new TopScoreDocCollectorManager(k, null, k)).scoreDocs;
      if (readsIds) {
        StoredFields stored = searcher.storedFields();
        for (ScoreDoc hit : hits) if (stored.document(hit.doc).get("id") == null) throw new IOException("no id");
      }
      out.printf("%s\t%.3f%n", query[0], (threads.getCurrentThreadCpuTime() - start) / 1e3);
    }
  }

  void run(List<String[]> queries, String mode, int k, PrintWriter out) throws IOException {
    StoredFields stored = searcher.storedFields();
    for (String[] query : queries) {
      ScoreDoc[] hits = searcher.search(query(query[1], mode), k).scoreDocs;
      for (int rank = 0; rank < hits.length; rank++)
        out.printf("%s\t%s\t%d\t%.9g%n", query[0], stored.document(hits[rank].doc).get("id"), rank + 1, hits[rank].score);
    }
  }

  Query query(String text, String mode) throws IOException {
    List<String> terms = terms(analyzer, text);
    if (mode.equals("phrase")) {
      PhraseQuery.Builder phrase = new PhraseQuery.Builder();
      for (String term : terms) phrase.add(new Term("text", term));
      return phrase.build();
    }
    if (mode.equals("fuzzy")) {
      String term = terms.get(0);
      // No letter is taken for granted: prefix length 0, and the 50 nearest words.
      return new FuzzyQuery(new Term("text", term), term.codePointCount(0, term.length()) <= 5 ? 1 : 2, 0);
    }
    BooleanClause.Occur occur = mode.equals("and") ? BooleanClause.Occur.MUST : BooleanClause.Occur.SHOULD;
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    // A repeated word counts once.
    Set<String> words = new LinkedHashSet<>(terms);
    for (String term : words) query.add(new TermQuery(new Term("text", term)), occur);
    if (mode.equals("two")) query.setMinimumNumberShouldMatch(Math.min(2, words.size()));
    if (mode.equals("most")) query.setMinimumNumberShouldMatch((words.size() * 3 + 3) / 4);
    return query.build();
  }

  static List<String> terms(Analyzer analyzer, String text) throws IOException {
    List<String> terms = new ArrayList<>();
    try (TokenStream stream = analyzer.tokenStream("text", text)) {
      CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
      stream.reset();
      while (stream.incrementToken()) terms.add(term.toString());
      stream.end();
    }
    return terms;
  }
}
