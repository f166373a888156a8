use Socket;
my ($port, $file) = @ARGV;
socket(S, PF_INET, SOCK_STREAM, 0);
connect(S, pack_sockaddr_in($port, inet_aton('127.0.0.1'))) or die;
open(F, '>', "$file.new"); print F $$; close F; rename("$file.new", $file);
sleep 1000;
