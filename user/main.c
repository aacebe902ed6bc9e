// SPDX-License-Identifier: GPL-2.0
/* xhop: options, help, and the table of commands. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/cmd.h"
#include "user/log.h"
#include "user/netns.h"
#include "user/out.h"

static const struct command *const commands[] = {&command_attach, &command_detach, &command_run,
						 &command_show,	  &command_route,  &command_neigh};
#define COMMANDS ((int)(sizeof(commands) / sizeof(*commands)))

static void help(FILE *file)
{
	fputs("xhop forwards IP packets at the network driver's hook, exactly as Linux would "
	      "have,\n"
	      "or hands them to Linux.\n"
	      "\n"
	      "Usage: xhop [OPTIONS] COMMAND ...\n"
	      "\n"
	      "Commands (or unambiguous beginnings of them):\n",
	      file);
	for (int i = 0; i < COMMANDS; i++)
		fprintf(file, "  %-7s %s\n          %s\n", commands[i]->name,
			commands[i]->arguments, commands[i]->summary);
	fputs("\n"
	      "Options:\n"
	      "  -j, --json        print JSON\n"
	      "  -p, --pretty      print JSON for people\n"
	      "  -s, --stats       print more\n"
	      "  -n, --netns NAME  act in this network namespace (a name of ip netns, or a path)\n"
	      "  -4, -6            only this family\n"
	      "  -c, --config FILE run: read this file; --check: only verify it\n"
	      "  -v, --verbose     say what the libraries say; twice: all of it\n"
	      "  -h, --help        this help; behind a command, the command's\n"
	      "  -V, --version     the version\n"
	      "\n"
	      "Exit status: 0 done, 1 wrong use (or what is named is not there, or is there\n"
	      "already), 2 the system refused.\n",
	      file);
}

static void command_help(const struct command *command)
{
	printf("Usage: xhop [OPTIONS] %s %s\n\n%s.\n\n%s", command->name, command->arguments,
	       command->summary, command->details);
}

/* The exit status, unless what was printed could not be written. */
static int finish(int status)
{
	if (!out_flush())
		return status;
	log_error("standard output: cannot be written");
	return EXIT_REFUSED;
}

/* 0 go on, 1 help was asked for, -1 wrong use. */
static int parse_options(int argc, char **argv, struct options *options, bool *help_wanted)
{
	static const struct option names[] = {
		{"json", no_argument, NULL, 'j'},    {"pretty", no_argument, NULL, 'p'},
		{"stats", no_argument, NULL, 's'},   {"netns", required_argument, NULL, 'n'},
		{"verbose", no_argument, NULL, 'v'}, {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'}, {"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'C'},   {},
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":jpsn:46vhVc:", names, NULL)) != -1) {
		switch (c) {
		case 'j':
			options->json = true;
			break;
		case 'p':
			options->pretty = true;
			break;
		case 's':
			options->stats = true;
			break;
		case 'n':
			options->netns = optarg;
			break;
		case 'c':
			options->config = optarg;
			break;
		case 'C':
			options->check = true;
			break;
		case '4':
			options->only4 = true;
			break;
		case '6':
			options->only6 = true;
			break;
		case 'v':
			log_verbose++;
			break;
		case 'h':
			*help_wanted = true;
			break;
		case 'V':
			printf("xhop %s\n", XHOP_VERSION);
			exit(finish(EXIT_DONE));
		case ':':
			log_error("%s: nothing behind it (xhop --help lists the options)",
				  argv[optind - 1]);
			return -1;
		default:
			log_error("unknown option \"%s\" (xhop --help lists them)",
				  optopt ? (char[]){'-', optopt, 0} : argv[optind - 1]);
			return -1;
		}
	}
	return 0;
}

static const struct command *find_command(const char *word)
{
	const char *names[COMMANDS + 1] = {};
	int found;

	for (int i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	found = args_match("command", word, names);
	return found < 0 ? NULL : commands[found];
}

/* A file that gets the number of a closed one of the three would get its words. */
static void standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Where -4 and -6 mean nothing they are a mistake. */
static int check_family(const struct command *command, const struct options *options)
{
	if (options->only4 && options->only6) {
		log_error("%s: -4 or -6, please, not both", command->name);
		return -1;
	}
	if ((options->only4 || options->only6) && command != &command_show &&
	    command != &command_route && command != &command_neigh) {
		log_error("%s: no -4 and -6, please (they are options of show, route and neigh)",
			  command->name);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct command *command = NULL;
	struct options options = {};
	struct args args = {.options = &options};
	bool help_wanted = false;
	const char *word;
	int ret;

	standard_files();
	signal(SIGPIPE, SIG_DFL); /* `xhop show | head` ends in silence */
	log_init();
	if (parse_options(argc, argv, &options, &help_wanted))
		return EXIT_USAGE;
	args.count = argc - optind;
	args.words = argv + optind;
	word = args_next(&args);
	if (word && !strcmp(word, "help")) {
		help_wanted = true;
		word = args_next(&args);
	}
	if (word) {
		command = find_command(word);
		if (!command)
			return EXIT_USAGE;
	}
	if (help_wanted) {
		command ? command_help(command) : help(stdout);
		return finish(EXIT_DONE);
	}
	if (!command) {
		help(stderr);
		if (argc > 1)
			log_error("which command?%s",
				  options.netns ? " (the word behind -n names the namespace)" : "");
		return EXIT_USAGE;
	}
	if (command != &command_run && (options.config || options.check)) {
		log_error("%s: no file, please (-c and --check are options of run)", command->name);
		return EXIT_USAGE;
	}
	if (check_family(command, &options))
		return EXIT_USAGE;
	ret = options.netns ? netns_join(options.netns) : 0;
	if (ret)
		return ret == -EPERM || ret == -EACCES ? EXIT_REFUSED : EXIT_USAGE;
	return finish(command->run(&args));
}
