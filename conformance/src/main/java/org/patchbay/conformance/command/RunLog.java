package org.patchbay.conformance.command;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.patchbay.conformance.CheckResult;
import org.patchbay.conformance.Outcome;
import org.patchbay.conformance.Progress;

/**
 * What one process tells another of a run, in a file that is complete up to the moment at which its
 * writer died. Thread-safe.
 */
final class RunLog implements Progress, AutoCloseable {

  /** The kinds of entries. */
  enum Kind {
    /** What is done now: a text for the case that it never ends. */
    STEP,
    /** Why there can be no run: a sentence. */
    PROBLEM,
    /** Something to tell besides: a sentence. */
    NOTE,
    /** The checks of a backend begin: its type. */
    BACKEND,
    /** A check that there will be: line, title. */
    PLANNED,
    /** A check begins: line, title. */
    BEGINS,
    /** A result: line, title, outcome, detail. */
    FOUND,
    /** The checks of the backend are done. */
    BACKEND_DONE,
    /** The run is over. */
    DONE
  }

  /**
   * One entry.
   *
   * @param kind its kind
   * @param texts what its kind says
   */
  record Entry(Kind kind, List<String> texts) {

    /** The first text. */
    String text() {
      return texts.getFirst();
    }

    /** The result that it tells of. */
    CheckResult result() {
      return new CheckResult(
          texts.get(0), texts.get(1), Outcome.valueOf(texts.get(2)), texts.get(3));
    }
  }

  private static final int LONGEST_TEXT = 4096;

  private final DataOutputStream out; // guarded by this

  /**
   * Opens a file, which is made or gets further entries.
   *
   * @throws IOException if it can't be written
   */
  RunLog(Path file) throws IOException {
    out =
        new DataOutputStream(
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
  }

  /** Adds an entry. */
  synchronized void add(Kind kind, String... texts) {
    try {
      out.writeUTF(kind.name());
      out.writeInt(texts.length);
      for (String text : texts) {
        out.writeUTF(text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…");
      }
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the run can't be told of", e);
    }
  }

  @Override
  public void begins(String line, String title) {
    add(Kind.BEGINS, line, title);
  }

  @Override
  public void found(CheckResult result) {
    add(Kind.FOUND, result.line(), result.title(), result.outcome().name(), result.detail());
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }

  /** Reads what there is in a file. */
  static List<Entry> read(Path file) throws IOException {
    List<Entry> entries = new ArrayList<>();
    if (Files.notExists(file)) {
      return entries;
    }
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      while (true) {
        Kind kind = Kind.valueOf(in.readUTF());
        List<String> texts = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
          texts.add(in.readUTF());
        }
        entries.add(new Entry(kind, List.copyOf(texts)));
      }
    } catch (EOFException e) {
      return entries; // an entry that was cut counts as not written
    }
  }
}
