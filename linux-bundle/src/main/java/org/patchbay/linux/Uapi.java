package org.patchbay.linux;

/**
 * Numbers of the kernel's and the C library's headers, under the names they have there. A test
 * compares each with the C compiler's for both architectures.
 */
final class Uapi {
  // fcntl.h
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;
  static final int F_GETFL = 3;
  static final int F_SETFL = 4;
  static final int F_DUPFD_CLOEXEC = 1030;

  // sys/mman.h
  static final int PROT_READ = 1;
  static final int PROT_WRITE = 2;
  static final int MAP_SHARED = 1;
  static final int MAP_PRIVATE = 2;
  static final int MAP_FIXED = 0x10;
  static final int MAP_ANONYMOUS = 0x20;
  static final int MAP_NORESERVE = 0x4000;
  static final int MAP_POPULATE = 0x8000;
  static final int MFD_CLOEXEC = 1;

  // sys/stat.h
  static final int AT_EMPTY_PATH = 0x1000;
  static final int STATX_BASIC_STATS = 0x7ff;
  static final int S_IFMT = 0xf000;
  static final int S_IFREG = 0x8000;

  // sys/epoll.h, sys/eventfd.h
  static final int EPOLL_CLOEXEC = 0x80000;
  static final int EPOLL_CTL_ADD = 1;
  static final int EPOLL_CTL_DEL = 2;
  static final int EPOLL_CTL_MOD = 3;
  static final int EPOLLIN = 1;
  static final int EPOLLOUT = 4;
  static final int EPOLLERR = 8;
  static final int EPOLLHUP = 0x10;
  static final int EPOLLRDHUP = 0x2000;
  static final int EPOLLONESHOT = 1 << 30;
  static final int EPOLLET = 1 << 31;
  static final int EFD_CLOEXEC = 0x80000;
  static final int EFD_NONBLOCK = 0x800;

  // sys/socket.h, sys/un.h
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCK_STREAM = 1;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_NONBLOCK = 0x800;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int SOL_SOCKET = 1;
  static final int SCM_RIGHTS = 1;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_NOSIGNAL = 0x4000;
  static final int MSG_CMSG_CLOEXEC = 0x40000000;
  static final int MSG_CTRUNC = 8;
  static final int SHUT_WR = 1;
  static final int SHUT_RDWR = 2;
  static final int SO_REUSEADDR = 2;
  static final int SO_ERROR = 4;
  static final int SO_KEEPALIVE = 9;
  static final int SO_PEERCRED = 17;
  static final int SO_SNDTIMEO = 21;

  // netinet/in.h, netinet/tcp.h
  static final int IPPROTO_TCP = 6;
  static final int TCP_NODELAY = 1;

  // linux/sockios.h, net/if.h
  static final long SIOCGIFFLAGS = 0x8913;
  static final long SIOCSIFFLAGS = 0x8914;
  static final long SIOCGIFMTU = 0x8921;
  static final long SIOCSIFMTU = 0x8922;
  static final long SIOCSIFHWADDR = 0x8924;
  static final long SIOCGIFHWADDR = 0x8927;
  static final long SIOCGIFINDEX = 0x8933;
  static final int IFNAMSIZ = 16;
  static final int IFF_UP = 1;
  static final int ARPHRD_ETHER = 1;

  // linux/if_tun.h
  static final long TUNSETIFF = 0x400454caL;
  static final long TUNSETPERSIST = 0x400454cbL;
  static final long TUNSETOFFLOAD = 0x400454d0L;
  static final long TUNSETQUEUE = 0x400454d9L;
  static final long TUNGETIFF = 0x800454d2L;
  static final long TUNGETSNDBUF = 0x800454d3L;
  static final long TUNSETSNDBUF = 0x400454d4L;
  static final long TUNGETVNETHDRSZ = 0x800454d7L;
  static final long TUNSETVNETHDRSZ = 0x400454d8L;
  static final long TUNGETDEVNETNS = 0x54e3L;
  static final int IFF_TAP = 2;
  static final int IFF_MULTI_QUEUE = 0x100;
  static final int IFF_ATTACH_QUEUE = 0x200;
  static final int IFF_DETACH_QUEUE = 0x400;
  static final int IFF_PERSIST = 0x800;
  static final int IFF_NO_PI = 0x1000;
  static final int IFF_VNET_HDR = 0x4000;
  static final int TUN_F_CSUM = 1;
  static final int TUN_F_TSO4 = 2;
  static final int TUN_F_TSO6 = 4;
  static final int TUN_F_USO4 = 0x20;
  static final int TUN_F_USO6 = 0x40;

  // linux/virtio_net.h
  static final int VIRTIO_NET_HDR_F_NEEDS_CSUM = 1;
  static final int VIRTIO_NET_HDR_F_DATA_VALID = 2;
  static final int VIRTIO_NET_HDR_GSO_NONE = 0;
  static final int VIRTIO_NET_HDR_GSO_TCPV4 = 1;
  static final int VIRTIO_NET_HDR_GSO_TCPV6 = 4;
  static final int VIRTIO_NET_HDR_GSO_UDP_L4 = 5;
  static final int VIRTIO_NET_HDR_GSO_ECN = 0x80;

  // sched.h
  static final int CLONE_NEWNET = 0x40000000;

  // asm/unistd.h, linux/io_uring.h
  static final long SYS_io_uring_setup = 425;
  static final long SYS_io_uring_enter = 426;
  static final long SYS_io_uring_register = 427;
  static final int IORING_FEAT_SINGLE_MMAP = 1;
  static final int IORING_FEAT_EXT_ARG = 1 << 8;
  static final long IORING_OFF_SQ_RING = 0;
  static final long IORING_OFF_SQES = 0x10000000;
  static final int IORING_OP_WRITEV = 2;
  static final int IORING_OP_READ_FIXED = 4;
  static final int IORING_OP_WRITE_FIXED = 5;
  static final int RWF_NOWAIT = 8;
  static final int IOSQE_FIXED_FILE = 1;
  static final int IORING_ENTER_GETEVENTS = 1;
  static final int IORING_ENTER_EXT_ARG = 1 << 3;
  static final int IORING_REGISTER_BUFFERS = 0;
  static final int IORING_UNREGISTER_BUFFERS = 1;
  static final int IORING_REGISTER_FILES = 2;
  static final int IORING_UNREGISTER_FILES = 3;

  private Uapi() {}
}
