package org.patchbay.drills.peer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * Writes an archive in the "newc" format of cpio, which Linux takes as its initial file system. One
 * entry, each number as eight hexadecimal digits:
 *
 * <pre>
 * "070701" | inode | mode | uid | gid | links | time | size | device major, minor
 *          | special device major, minor | size of name | 0
 * name, zero-terminated, and padding to a multiple of 4
 * data and padding to a multiple of 4
 * </pre>
 *
 * Closing it writes the entry that marks the end; it does not close the stream.
 */
final class CpioArchive implements AutoCloseable {
  private static final String MAGIC = "070701";
  private static final String TRAILER = "TRAILER!!!";
  private static final int HEADER = 110;

  private static final int FOLDER = 0040755;
  private static final int PROGRAM = 0100755;
  private static final int LINK = 0120777;

  private final OutputStream out;
  private final Set<String> folders = new HashSet<>();
  private int inode = 1;

  CpioArchive(OutputStream out) {
    this.out = out;
  }

  /**
   * Adds a folder, and those above it, unless they are there already.
   *
   * @param path relative, such as {@code usr/bin}
   */
  void folder(String path) throws IOException {
    if (folders.contains(path)) {
      return;
    }
    parent(path);
    folders.add(path);
    entry(path, FOLDER, new byte[0]);
  }

  /** Adds a file that anybody may run, and the folders above it. */
  void program(String path, byte[] data) throws IOException {
    parent(path);
    entry(path, PROGRAM, data);
  }

  /** Adds a symbolic link, and the folders above it. */
  void link(String path, String target) throws IOException {
    parent(path);
    entry(path, LINK, target.getBytes(StandardCharsets.UTF_8));
  }

  private void parent(String path) throws IOException {
    int slash = path.lastIndexOf('/');
    if (slash > 0) {
      folder(path.substring(0, slash));
    }
  }

  private void entry(String path, int mode, byte[] data) throws IOException {
    byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
    StringBuilder header = new StringBuilder(MAGIC);
    int[] numbers = {inode++, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0};
    for (int number : numbers) {
      header.append(String.format("%08x", number));
    }
    out.write(header.toString().getBytes(StandardCharsets.US_ASCII));
    out.write(name);
    pad(HEADER + name.length);
    out.write(data);
    pad(data.length);
  }

  private void pad(int length) throws IOException {
    out.write(new byte[-length & 3]);
  }

  @Override
  public void close() throws IOException {
    entry(TRAILER, 0, new byte[0]);
  }
}
