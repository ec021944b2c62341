package org.patchbay.linux;

import java.io.IOException;

/** A system call that failed: which one, with which errno, in one sentence. */
public final class LinuxException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final int errno;

  /**
   * A failure of {@code call}.
   *
   * @param call the call's name, with its object where that helps, such as {@code
   *     open(/dev/net/tun)}
   * @param errno the positive error number
   */
  public LinuxException(String call, int errno) {
    super(call + " failed: " + Errno.sentence(errno));
    this.call = call;
    this.errno = errno;
  }

  /** The name of the call that failed. */
  public String call() {
    return call;
  }

  /** The positive error number; the common ones are constants of {@link Errno}. */
  public int errno() {
    return errno;
  }

  /** Throws if {@code result} is a negated errno, else answers it. */
  static int check(String call, int result) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(call, -result);
    }
    return result;
  }

  /** Throws if {@code result} is a negated errno, else answers it. */
  static long check(String call, long result) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(call, (int) -result);
    }
    return result;
  }
}
