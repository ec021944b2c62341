package org.patchbay.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A text file that is renamed to {@code name.1} when it has grown to its limit, {@code name.1} to
 * {@code name.2} and so on; the oldest is dropped. Any thread may append.
 */
final class RotatingFile implements AutoCloseable {
  private final Path file;
  private final long limit;
  private final int kept;

  /** The open file, null once closed; guarded by this. */
  private @Nullable Writer writer;

  /** Bytes in the current file; guarded by this. */
  private long size;

  /**
   * Opens the file, appending to what is there.
   *
   * @param file the newest file
   * @param limit bytes at which a file is renamed; a longer entry is written whole
   * @param kept how many renamed files are kept, at least 1
   */
  RotatingFile(Path file, long limit, int kept) throws IOException {
    this.file = file;
    this.limit = limit;
    this.kept = kept;
    this.writer = open(file);
    this.size = Files.size(file);
  }

  private static Writer open(Path file) throws IOException {
    return Files.newBufferedWriter(
        file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /**
   * Appends an entry and hands it to the operating system; after {@link #close} it does nothing.
   *
   * @param entry text with its line end
   * @throws UncheckedIOException when the file cannot be written
   */
  synchronized void append(String entry) {
    if (writer == null) {
      return;
    }
    int length = entry.getBytes(StandardCharsets.UTF_8).length;
    try {
      if (size > 0 && size + length > limit) {
        rotate(writer);
      }
      writer.write(entry);
      writer.flush();
      size += length;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void rotate(Writer full) throws IOException {
    full.close();
    for (int number = kept; number > 1; number--) {
      Path from = numbered(number - 1);
      if (Files.exists(from)) {
        Files.move(from, numbered(number), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.move(file, numbered(1), StandardCopyOption.REPLACE_EXISTING);
    writer = open(file);
    size = 0;
  }

  private Path numbered(int number) {
    return file.resolveSibling(file.getFileName() + "." + number);
  }

  @Override
  public synchronized void close() throws IOException {
    if (writer != null) {
      writer.close();
      writer = null;
    }
  }
}
