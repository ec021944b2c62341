package org.patchbay.launcher.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * How a file looks from outside: if two glances agree, nobody has written to it in between.
 *
 * @param size its bytes
 * @param modified when its content changed last
 * @param changed when anything about it changed last, its mode for example; as modified where the
 *     file system does not know
 * @param key which file it is, where the file system says so
 */
record Fingerprint(long size, FileTime modified, FileTime changed, @Nullable Object key) {

  static Fingerprint of(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    FileTime changed =
        file.getFileSystem().supportedFileAttributeViews().contains("unix")
            ? (FileTime) Files.getAttribute(file, "unix:ctime")
            : attributes.lastModifiedTime();
    return new Fingerprint(
        attributes.size(), attributes.lastModifiedTime(), changed, attributes.fileKey());
  }
}
