package org.patchbay.linux;

/**
 * The error numbers of Linux that the platform meets, and a sentence for each.
 *
 * <p>The numbers are the same on x86-64 and aarch64. Calls of the packet path answer them negated.
 */
public final class Errno {
  /** The operation is not permitted. */
  public static final int EPERM = 1;

  /** There is no such file or object. */
  public static final int ENOENT = 2;

  /** The call was interrupted by a signal. */
  public static final int EINTR = 4;

  /** Input/output error. */
  public static final int EIO = 5;

  /** There is no such device or address. */
  public static final int ENXIO = 6;

  /** The descriptor is not open. */
  public static final int EBADF = 9;

  /** It would have to wait, try again. */
  public static final int EAGAIN = 11;

  /** The kernel is out of memory. */
  public static final int ENOMEM = 12;

  /** Permission denied. */
  public static final int EACCES = 13;

  /** An address lies outside the process's memory. */
  public static final int EFAULT = 14;

  /** The object is in use. */
  public static final int EBUSY = 16;

  /** The object exists already. */
  public static final int EEXIST = 17;

  /** There is no such device. */
  public static final int ENODEV = 19;

  /** A part of the path is not a folder. */
  public static final int ENOTDIR = 20;

  /** An argument is not valid here. */
  public static final int EINVAL = 22;

  /** The system has too many open files. */
  public static final int ENFILE = 23;

  /** The process has too many open files. */
  public static final int EMFILE = 24;

  /** The descriptor does not know this request. */
  public static final int ENOTTY = 25;

  /** There is no space left. */
  public static final int ENOSPC = 28;

  /** The descriptor cannot seek. */
  public static final int ESPIPE = 29;

  /** The other end is closed. */
  public static final int EPIPE = 32;

  /** A value is out of range. */
  public static final int ERANGE = 34;

  /** The name is too long. */
  public static final int ENAMETOOLONG = 36;

  /** This kernel does not have the call. */
  public static final int ENOSYS = 38;

  /** The time is over. */
  public static final int ETIME = 62;

  /** The descriptor is in a bad state, its interface may be gone. */
  public static final int EBADFD = 77;

  /** The message is too long. */
  public static final int EMSGSIZE = 90;

  /** The operation is not supported. */
  public static final int EOPNOTSUPP = 95;

  /** The address is in use. */
  public static final int EADDRINUSE = 98;

  /** The address is not one of this machine's. */
  public static final int EADDRNOTAVAIL = 99;

  /** The network is down. */
  public static final int ENETDOWN = 100;

  /** The other end reset the connection. */
  public static final int ECONNRESET = 104;

  /** There is no buffer space left. */
  public static final int ENOBUFS = 105;

  /** The socket is not connected. */
  public static final int ENOTCONN = 107;

  /** The time is over. */
  public static final int ETIMEDOUT = 110;

  /** Nobody listens at the address. */
  public static final int ECONNREFUSED = 111;

  /** The host can't be reached. */
  public static final int EHOSTUNREACH = 113;

  /** The connection is being made. */
  public static final int EINPROGRESS = 115;

  /** The operation was cancelled. */
  public static final int ECANCELED = 125;

  private Errno() {}

  /** The name of an error number, such as {@code EBUSY}, or {@code errno N} for a rarer one. */
  public static String name(int errno) {
    return switch (errno) {
      case EPERM -> "EPERM";
      case ENOENT -> "ENOENT";
      case EINTR -> "EINTR";
      case EIO -> "EIO";
      case ENXIO -> "ENXIO";
      case EBADF -> "EBADF";
      case EAGAIN -> "EAGAIN";
      case ENOMEM -> "ENOMEM";
      case EACCES -> "EACCES";
      case EFAULT -> "EFAULT";
      case EBUSY -> "EBUSY";
      case EEXIST -> "EEXIST";
      case ENODEV -> "ENODEV";
      case ENOTDIR -> "ENOTDIR";
      case EINVAL -> "EINVAL";
      case ENFILE -> "ENFILE";
      case EMFILE -> "EMFILE";
      case ENOTTY -> "ENOTTY";
      case ENOSPC -> "ENOSPC";
      case ESPIPE -> "ESPIPE";
      case EPIPE -> "EPIPE";
      case ERANGE -> "ERANGE";
      case ENAMETOOLONG -> "ENAMETOOLONG";
      case ENOSYS -> "ENOSYS";
      case ETIME -> "ETIME";
      case EBADFD -> "EBADFD";
      case EMSGSIZE -> "EMSGSIZE";
      case EOPNOTSUPP -> "EOPNOTSUPP";
      case EADDRINUSE -> "EADDRINUSE";
      case EADDRNOTAVAIL -> "EADDRNOTAVAIL";
      case ENETDOWN -> "ENETDOWN";
      case ECONNRESET -> "ECONNRESET";
      case ENOBUFS -> "ENOBUFS";
      case ENOTCONN -> "ENOTCONN";
      case ETIMEDOUT -> "ETIMEDOUT";
      case ECONNREFUSED -> "ECONNREFUSED";
      case EHOSTUNREACH -> "EHOSTUNREACH";
      case EINPROGRESS -> "EINPROGRESS";
      case ECANCELED -> "ECANCELED";
      default -> "errno " + errno;
    };
  }

  /** What an error number means, in words, with its name in parentheses. */
  public static String sentence(int errno) {
    return switch (errno) {
      case EPERM -> "the operation is not permitted (EPERM)";
      case ENOENT -> "there is no such file or object (ENOENT)";
      case EINTR -> "the call was interrupted by a signal (EINTR)";
      case EIO -> "input/output error (EIO)";
      case ENXIO -> "there is no such device or address (ENXIO)";
      case EBADF -> "the descriptor is not open (EBADF)";
      case EAGAIN -> "it would have to wait, try again (EAGAIN)";
      case ENOMEM -> "the kernel is out of memory (ENOMEM)";
      case EACCES -> "permission denied (EACCES)";
      case EFAULT -> "an address lies outside the process's memory (EFAULT)";
      case EBUSY -> "the object is in use (EBUSY)";
      case EEXIST -> "the object exists already (EEXIST)";
      case ENODEV -> "there is no such device (ENODEV)";
      case ENOTDIR -> "a part of the path is not a folder (ENOTDIR)";
      case EINVAL -> "an argument is not valid here (EINVAL)";
      case ENFILE -> "the system has too many open files (ENFILE)";
      case EMFILE -> "the process has too many open files (EMFILE)";
      case ENOTTY -> "the descriptor does not know this request (ENOTTY)";
      case ENOSPC -> "there is no space left (ENOSPC)";
      case ESPIPE -> "the descriptor cannot seek (ESPIPE)";
      case EPIPE -> "the other end is closed (EPIPE)";
      case ERANGE -> "a value is out of range (ERANGE)";
      case ENAMETOOLONG -> "the name is too long (ENAMETOOLONG)";
      case ENOSYS -> "this kernel does not have the call (ENOSYS)";
      case ETIME -> "the time is over (ETIME)";
      case EBADFD -> "the descriptor is in a bad state, its interface may be gone (EBADFD)";
      case EMSGSIZE -> "the message is too long (EMSGSIZE)";
      case EOPNOTSUPP -> "the operation is not supported (EOPNOTSUPP)";
      case EADDRINUSE -> "the address is in use (EADDRINUSE)";
      case EADDRNOTAVAIL -> "the address is not one of this machine's (EADDRNOTAVAIL)";
      case ENETDOWN -> "the network is down (ENETDOWN)";
      case ECONNRESET -> "the other end reset the connection (ECONNRESET)";
      case ENOBUFS -> "there is no buffer space left (ENOBUFS)";
      case ENOTCONN -> "the socket is not connected (ENOTCONN)";
      case ETIMEDOUT -> "the time is over (ETIMEDOUT)";
      case ECONNREFUSED -> "nobody listens at the address (ECONNREFUSED)";
      case EHOSTUNREACH -> "the host can't be reached (EHOSTUNREACH)";
      case EINPROGRESS -> "the connection is being made (EINPROGRESS)";
      case ECANCELED -> "the operation was cancelled (ECANCELED)";
      default -> "the kernel answered " + name(errno);
    };
  }
}
