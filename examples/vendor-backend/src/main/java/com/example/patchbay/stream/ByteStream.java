package com.example.patchbay.stream;

import org.patchbay.linux.IoVector;

/**
 * The bytes of a connection, as the worker moves them. No call waits; failures are negated errnos.
 */
interface ByteStream {

  /**
   * Reads at most {@code length} bytes to a native address.
   *
   * @return how many came, 0 when the peer has closed, or the negated errno
   */
  long read(long address, long length);

  /**
   * Sends the first {@code count} entries of a vector.
   *
   * @return how many bytes were taken, which may end within an entry, or the negated errno
   */
  long send(IoVector vector, int count);
}
